import type { BatchRecord } from "@caselink/ledger";
import type { Engine } from "../engine/engine.ts";
import { UserError } from "../errors.ts";
import { translated } from "../language/words.ts";
import { requireNewestLedger } from "../run/older-ledger.ts";
import type { Settings } from "../settings.ts";
import { requireUnfinished } from "./known-batch.ts";

/**
 * For an action that came after the end of its batch.
 * @throws {UserError} always
 */
export async function rejectLate(record: BatchRecord, engine: Engine, settings: Settings): Promise<never> {
  await requireNewestLedger(record, engine, settings);
  await requireUnfinished(record.id, settings);
  // Someone deleted the workflow in between.
  throw new UserError(translated(`batch ${record.id} has ended`));
}
