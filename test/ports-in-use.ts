import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Lets the simulators of a test run have ports of their own: see `takePort`. @returns how to end it */
export async function keepPortsInUse(): Promise<() => Promise<void>> {
  const { env } = process;
  if (env["CASELINK_TEST_PORTS"] !== undefined) return async () => undefined;
  const folder = await mkdtemp(join(tmpdir(), "caselink-test-ports-"));
  env["CASELINK_TEST_PORTS"] = folder;
  return () => rm(folder, { recursive: true, force: true });
}
