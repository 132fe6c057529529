import type { RowOutcome } from "@caselink/workflows";

/** How people call the outcomes. */
export const outcomeWords: Readonly<Record<RowOutcome, string>> = {
  created: "created",
  already_associated: "already there",
  duplicate: "repeated",
  limit_reached: "limit",
  invalid: "invalid",
  not_found: "not found",
  forbidden: "forbidden",
  failed: "failed",
  cancelled: "cancelled",
  removed: "removed",
  already_absent: "already gone",
  restored: "put back",
};

const SUCCEEDED: ReadonlySet<RowOutcome> = new Set([
  "created",
  "already_associated",
  "duplicate",
  "removed",
  "already_absent",
  "restored",
]);

/** True for an outcome that its row was meant to reach. */
export const hasSucceeded = (outcome: RowOutcome): boolean => SUCCEEDED.has(outcome);

/** True for an outcome that another try can change without anybody mending anything. */
export const canSucceedLater = (outcome: RowOutcome): boolean => outcome === "failed" || outcome === "cancelled";

/** `created 9,120   already there 241`: what there is, in the order of the contract. */
export function outcomeLine(outcomes: Partial<Record<RowOutcome, number>>, count: (value: number) => string): string {
  return (Object.keys(outcomeWords) as RowOutcome[])
    .filter((outcome) => (outcomes[outcome] ?? 0) > 0)
    .map((outcome) => `${outcomeWords[outcome]} ${count(outcomes[outcome] ?? 0)}`)
    .join("   ");
}
