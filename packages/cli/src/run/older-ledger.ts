import type { BatchRecord } from "@caselink/ledger";
import type { Engine } from "../engine/engine.ts";
import { UserError } from "../errors.ts";
import { t, translated } from "../language/words.ts";
import { localTemporalFiles } from "../local/local-temporal-state.ts";
import type { Settings } from "../settings.ts";

/** Says that the ledger is older than what Temporal knows. */
export const olderLedger = (id: string): string =>
  `Temporal recorded an end of batch ${id} that the ledger does not have`;

/** How to continue a batch on an older copy of the ledger. */
export function waysOn(id: string, { isLocal, home }: Pick<Settings, "isLocal" | "home">): string {
  return isLocal
    ? t`The ledger is an older copy, for example from a backup. Put the newest one\nback, or continue on this one after you moved the local Temporal's files away:\n  ${localTemporalFiles(home).db}*\n  caselink attach ${id}`
    : t`The ledger is an older copy, for example from a backup. Put the newest one\nback, or continue on this one after Temporal has forgotten that end:\n  temporal workflow delete --workflow-id caselink-batch:${id}\n  caselink attach ${id}`;
}

/**
 * To be called for a batch that was started before. Without it, the end that Temporal recorded would be reported, and
 * the report of the ledger would have rows without an outcome.
 * @throws {UserError} if Temporal recorded the end of the batch and the ledger does not have it
 */
export async function requireNewestLedger(
  record: BatchRecord,
  { batches }: Pick<Engine, "batches">,
  settings: Settings,
): Promise<void> {
  if (!(await batches.hasEnded(record)) || (await settings.ledger.summary(record.id))) return;
  throw new UserError(
    `${translated(olderLedger(record.id))}.\n${t`Nothing was sent.`}\n${waysOn(record.id, settings)}`,
  );
}
