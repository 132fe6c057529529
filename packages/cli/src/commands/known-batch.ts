import type { BatchRecord } from "@caselink/ledger";
import { UserError } from "../errors.ts";
import type { BaseSettings } from "../settings.ts";

/** Returns the batch with this id in the ledger. @throws {UserError} if there is none */
export async function knownBatch(id: string, { ledger, ledgerLocation }: BaseSettings): Promise<BatchRecord> {
  const record = await ledger.batch(id);
  if (record) return record;
  const forgottenAt = await ledger.forgottenAt(id);
  if (forgottenAt !== undefined) throw new UserError(`batch ${id} was forgotten at ${forgottenAt}`);
  const [newest] = await ledger.batches();
  const hint = newest ? `the newest is ${newest.id}; caselink list shows all` : "it has no batches yet";
  throw new UserError(`no batch ${id} in the ledger ${ledgerLocation}: ${hint}`);
}

/** @throws {UserError} for a saved plan: only `run --plan` starts it */
export async function requireStarted(id: string, { ledger }: BaseSettings): Promise<void> {
  if ((await ledger.savedPlan(id)) !== "waiting") return;
  throw new UserError(
    `batch ${id} is planned, not started.\n  Run it with caselink run --plan ${id}, or delete it with caselink forget ${id}`,
  );
}
