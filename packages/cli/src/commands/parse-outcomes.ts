import { OUTCOMES, type Outcome } from "@caselink/ledger";
import { UserError } from "../user-error.ts";

/** `limit_reached,not_found` as outcomes. @throws {UserError} for a name that is none */
export function parseOutcomes(list: string): Outcome[] {
  return list.split(",").map((name) => {
    const outcome = OUTCOMES.find((known) => known === name.trim());
    if (!outcome) throw new UserError(`--outcome names "${name}"; the outcomes are ${OUTCOMES.join(", ")}`);
    return outcome;
  });
}
