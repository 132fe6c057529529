import type { BatchRecord } from "@caselink/ledger";
import { UserError } from "../errors.ts";
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

/** @throws {UserError} for a plan that was kept and not run: nothing starts it by the way */
export async function requireStarted(id: string, { ledger }: BaseSettings): Promise<void> {
  if ((await ledger.keptPlan(id)) !== "waiting") return;
  throw new UserError(
    `batch ${id} is planned, not started: caselink run --plan ${id} runs it, caselink forget ${id} removes it`,
  );
}
