import { runBatch } from "../run/run-batch.ts";
import type { ExitStatus } from "../errors.ts";
import type { Output } from "../output.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted } from "./known-batch.ts";
import type { Settings } from "../settings.ts";

/** Follows a batch; in local mode also continues one that a crash interrupted. */
export async function attach(id: string, settings: Settings, output: Output): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  await requireStarted(id, settings);
  if (!(await settings.ledger.summary(id))) requireSameApi(record, settings);
  return runBatch(record, settings, output);
}
