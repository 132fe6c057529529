import { canSucceedLater, hasSucceeded, OUTCOMES, type Outcome } from "@caselink/ledger";
import { UserError } from "../errors.ts";

/** What would be refused again, in one word. */
const REFUSED = "refused";

/**
 * `limit_reached,not_found` as outcomes; `refused` stands for all that did not succeed and would not by itself.
 *
 * @throws {UserError} for a name that is none
 */
export function parseOutcomes(list: string): Outcome[] {
  const named = list.split(",").flatMap((name) => {
    if (name.trim() === REFUSED) return OUTCOMES.filter((known) => !hasSucceeded(known) && !canSucceedLater(known));
    const outcome = OUTCOMES.find((known) => known === name.trim());
    if (outcome) return [outcome];
    throw new UserError(`--outcome names "${name}"; the outcomes are ${OUTCOMES.join(", ")}, or ${REFUSED}`);
  });
  return [...new Set(named)];
}
