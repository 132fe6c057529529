import type { Places } from "../places.ts";
import { UserError } from "../user-error.ts";

/** @throws {UserError} for a plan that was kept and not run: nothing starts it by the way */
export async function requireStarted(id: string, { ledger }: Places): Promise<void> {
  if ((await ledger.keptPlan(id)) !== "waiting") return;
  throw new UserError(
    `batch ${id} is planned, not started: caselink run --plan ${id} runs it, caselink forget ${id} removes it`,
  );
}
