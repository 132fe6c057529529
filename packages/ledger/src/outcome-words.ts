import { RETRIED_OUTCOMES, type Outcome, type UndoOutcome } from "./outcome.ts";

/** How people call the outcomes; in the order of the contract. */
export const outcomeWords: Readonly<Record<Outcome | UndoOutcome, string>> = {
  created: "created",
  already_associated: "already there",
  duplicate: "duplicate",
  limit_reached: "over limit",
  invalid: "invalid",
  not_found: "not found",
  forbidden: "forbidden",
  failed: "failed",
  cancelled: "cancelled",
  removed: "removed",
  already_absent: "already gone",
  restored: "restored",
};

/** The outcomes that a row is meant to reach. */
export const SUCCEEDED_OUTCOMES: readonly (Outcome | UndoOutcome)[] = [
  "created",
  "already_associated",
  "duplicate",
  "removed",
  "already_absent",
  "restored",
];

/** True for an outcome that another try can change without anybody mending anything. */
export function canSucceedLater(outcome: Outcome | UndoOutcome): boolean {
  return RETRIED_OUTCOMES.some((retried) => retried === outcome);
}

/** True for an outcome that its row was meant to reach. */
export function hasSucceeded(outcome: Outcome | UndoOutcome): boolean {
  return SUCCEEDED_OUTCOMES.includes(outcome);
}
