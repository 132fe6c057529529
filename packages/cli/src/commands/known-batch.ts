import type { BatchRecord } from "@caselink/ledger";
import { UserError } from "../errors.ts";
import { t } from "../language/words.ts";
import type { BaseSettings } from "../settings.ts";

/** Returns the batch with this id in the ledger. @throws {UserError} if there is none */
export async function knownBatch(id: string, { ledger, ledgerLocation }: BaseSettings): Promise<BatchRecord> {
  const record = await ledger.batch(id);
  if (record) return record;
  const forgottenAt = await ledger.forgottenAt(id);
  if (forgottenAt !== undefined) throw new UserError(t`batch ${id} was forgotten at ${forgottenAt}`);
  const [newest] = await ledger.batches();
  throw new UserError(
    newest
      ? t`no batch ${id} in the ledger ${ledgerLocation}: the newest is ${newest.id}; caselink list shows all`
      : t`no batch ${id} in the ledger ${ledgerLocation}: it has no batches yet`,
  );
}

/** @throws {UserError} for a saved plan: only `run --plan` starts it */
export async function requireStarted(id: string, { ledger }: BaseSettings): Promise<void> {
  if ((await ledger.savedPlan(id)) !== "waiting") return;
  throw new UserError(
    t`batch ${id} is planned, not started.\n  Run it with caselink run --plan ${id}, or delete it with caselink forget ${id}`,
  );
}

/** @throws {UserError} for a batch that has ended */
export async function requireUnfinished(id: string, { ledger }: BaseSettings): Promise<void> {
  const done = await ledger.summary(id);
  if (!done) return;
  throw new UserError(
    done.state === "cancelled"
      ? t`batch ${id} is already cancelled: see caselink report ${id}`
      : t`batch ${id} is already completed: see caselink report ${id}`,
  );
}
