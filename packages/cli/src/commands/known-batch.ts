import type { BatchRecord } from "@caselink/ledger";
import { UserError } from "../user-error.ts";
import type { BaseSettings } from "../settings.ts";

/** The batch of that id in the ledger. @throws {UserError} where there is none */
export async function knownBatch(id: string, { ledger, ledgerLocation }: BaseSettings): Promise<BatchRecord> {
  const record = await ledger.batch(id);
  if (record) return record;
  const forgottenAt = await ledger.forgottenAt(id);
  if (forgottenAt !== undefined) throw new UserError(`batch ${id} was forgotten at ${forgottenAt}`);
  const [newest] = await ledger.batches();
  const hint = newest ? `the newest is ${newest.id}; caselink list shows all` : "it holds no batch at all";
  throw new UserError(`the ledger ${ledgerLocation} has no batch ${id}: ${hint}`);
}
