import { outcomeWords } from "@caselink/ledger";
import type { RowOutcome } from "@caselink/workflows";

export { canSucceedLater, hasSucceeded, outcomeWords } from "@caselink/ledger";

/** `created 9,120   already there 241`: what there is, in the order of the contract. */
export function outcomeLine(outcomes: Partial<Record<RowOutcome, number>>, count: (value: number) => string): string {
  return (Object.keys(outcomeWords) as RowOutcome[])
    .filter((outcome) => (outcomes[outcome] ?? 0) > 0)
    .map((outcome) => `${outcomeWords[outcome]} ${count(outcomes[outcome] ?? 0)}`)
    .join("   ");
}
