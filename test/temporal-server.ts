import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { findTemporalCli } from "../packages/cli/src/local/find-temporal-cli.ts";
import { findFreePort } from "../packages/cli/src/local/free-port.ts";
import { keepPortsInUse } from "./ports-in-use.ts";
import { startTemporalServer } from "../packages/cli/src/local/temporal-server-process.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** `127.0.0.1:PORT` of the Temporal server that all test files of a run share; its state is in memory. */
    temporalAddress: string;
    /** Path of the Temporal CLI. */
    temporalCli: string;
  }
}

/** Gives the tests of a run one Temporal server, unless `CASELINK_TEST_NO_TEMPORAL` is set. */
export default async function setUpTemporal(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { env } = process;
  if (env["CASELINK_TEST_NO_TEMPORAL"]) return undefined;

  const cli = await findTemporalCli({ env, log: (line) => console.error(line) });
  // Commands that tests start have a home of their own, and would find none there.
  env["CASELINK_TEMPORAL_CLI"] = cli;
  const forgetPorts = await keepPortsInUse();
  const folder = await mkdtemp(join(tmpdir(), "caselink-test-temporal-"));
  const server = await startTemporalServer({
    cli,
    env,
    port: await findFreePort(),
    logFile: join(folder, "temporal.log"),
    // So that it ends together with a test run that is killed as a group.
    isDetached: false,
  });
  project.provide("temporalAddress", server.address);
  project.provide("temporalCli", cli);

  return async () => {
    await server.kill();
    await forgetPorts();
    await rm(folder, { recursive: true, force: true });
  };
}
