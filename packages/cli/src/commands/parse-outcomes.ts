import { canSucceedLater, hasSucceeded, OUTCOMES, type Outcome } from "@caselink/ledger";
import { UserError } from "../errors.ts";
import { t } from "../language/words.ts";

/** Stands for all outcomes of rows that fail again if they are not changed. */
export const NEEDS_FIX = "needs-fix";

/**
 * Parses a list of outcomes such as `limit_reached,not_found`; `needs-fix` stands for all that neither succeeded nor can
 * succeed in a retry.
 *
 * @throws {UserError} for any other name
 */
export function parseOutcomes(list: string): Outcome[] {
  const named = list.split(",").flatMap((name) => {
    if (name.trim() === NEEDS_FIX) return OUTCOMES.filter((known) => !hasSucceeded(known) && !canSucceedLater(known));
    const outcome = OUTCOMES.find((known) => known === name.trim());
    if (outcome) return [outcome];
    throw new UserError(
      t`unknown outcome "${name}" in --outcome. Outcomes are ${OUTCOMES.join(", ")};\n  ${NEEDS_FIX} stands for all that need a fix`,
    );
  });
  return [...new Set(named)];
}
