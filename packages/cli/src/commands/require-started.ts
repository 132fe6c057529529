import type { BaseSettings } from "../settings.ts";
import { UserError } from "../user-error.ts";

/** @throws {UserError} for a plan that was kept and not run: nothing starts it by the way */
export async function requireStarted(id: string, { ledger }: BaseSettings): Promise<void> {
  if ((await ledger.keptPlan(id)) !== "waiting") return;
  throw new UserError(
    `batch ${id} is planned, not started: caselink run --plan ${id} runs it, caselink forget ${id} removes it`,
  );
}
