/** How a row of a batch that creates associations can end. A row has exactly one of them. */
export const OUTCOMES = [
  "created",
  "already_associated",
  "duplicate",
  "limit_reached",
  "invalid",
  "not_found",
  "forbidden",
  "failed",
  "cancelled",
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** What can go well the next time without anybody changing anything. */
export const RETRIED_OUTCOMES = ["failed", "cancelled"] as const satisfies readonly Outcome[];

/**
 * What the rows of an undo batch end as instead of `created` and `already_associated`. `restored`: put back what a write of
 * the undone batch had made go away.
 */
export const UNDO_OUTCOMES = ["removed", "already_absent", "restored"] as const;

export type UndoOutcome = (typeof UNDO_OUTCOMES)[number];

const known: ReadonlySet<string> = new Set([...OUTCOMES, ...UNDO_OUTCOMES]);

export function isOutcome(value: unknown): value is Outcome | UndoOutcome {
  return typeof value === "string" && known.has(value);
}

/** How people call the outcomes; in the order of the contract. */
export const outcomeWords: Readonly<Record<Outcome | UndoOutcome, string>> = {
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
