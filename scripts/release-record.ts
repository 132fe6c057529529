// `npx -y pnpm@12 release:record 1.2.3`: records the workflow histories of a released version with its own packages, those in
// test/upgrade/releases, on a Temporal server that it starts. Histories that are there stay.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTemporalCli } from "../packages/cli/src/local/find-temporal-cli.ts";
import { findFreePort } from "../packages/cli/src/local/free-port.ts";
import { startTemporalServer } from "../packages/cli/src/local/temporal-server-process.ts";
import { environmentOutside, installPackages } from "../test/packages/install-packages.ts";
import { root } from "./run-tool.ts";

const [version] = process.argv.slice(2);
if (version === undefined) throw new Error("Name the version: release:record 1.2.3");

const { env } = process;
const folder = await mkdtemp(join(tmpdir(), "caselink-record-"));
const server = await startTemporalServer({
  cli: await findTemporalCli({ env, log: (line) => console.error(line) }),
  env,
  port: await findFreePort(),
  logFile: join(folder, "temporal.log"),
  isDetached: false,
});
try {
  await using installed = await installPackages(environmentOutside(), join(root, "test/upgrade/releases", version));
  const script = join(root, "packages/workflows/test/record-histories.ts");
  const recording = spawn(process.execPath, ["--conditions=@caselink/source", script, installed.folder], {
    env: { ...env, TEMPORAL_ADDRESS: server.address },
    stdio: "inherit",
  });
  const [status] = (await once(recording, "close")) as [number | null];
  if (status !== 0) process.exitCode = 1;
} finally {
  await server.kill();
  await rm(folder, { recursive: true, force: true });
}
