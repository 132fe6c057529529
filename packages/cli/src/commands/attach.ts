import { carryOn } from "../carry-on.ts";
import type { ExitStatus } from "../exit-status.ts";
import type { Output } from "../output.ts";
import { requireSameApi } from "../same-api.ts";
import type { Settings } from "../settings.ts";
import { knownBatch } from "./known-batch.ts";
import { requireStarted } from "./require-started.ts";

/** Follows a batch; in local mode also carries on one that a crash interrupted. */
export async function attach(id: string, settings: Settings, output: Output): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  await requireStarted(id, settings);
  if (!(await settings.ledger.summary(id))) requireSameApi(record, settings);
  return carryOn(record, settings, output);
}
