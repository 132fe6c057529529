/** The possible outcomes of a row in a batch that creates associations. Each row has exactly one. */
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

/** Outcomes of rows that can succeed in a retry although no one changed anything. */
export const RETRIED_OUTCOMES = ["failed", "cancelled"] as const satisfies readonly Outcome[];

/**
 * The outcomes of an undo's rows in place of `created` and `already_associated`. `restored`: the undo created again an
 * association that a replacing write of the undone batch had removed.
 */
export const UNDO_OUTCOMES = ["removed", "already_absent", "restored"] as const;

export type UndoOutcome = (typeof UNDO_OUTCOMES)[number];

const known: ReadonlySet<string> = new Set([...OUTCOMES, ...UNDO_OUTCOMES]);

export function isOutcome(value: unknown): value is Outcome | UndoOutcome {
  return typeof value === "string" && known.has(value);
}

/** The labels of the outcomes on screens and in the HTML report, in the order of the contract. */
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

/** The outcomes of rows that reached their goal. */
export const SUCCEEDED_OUTCOMES: readonly (Outcome | UndoOutcome)[] = [
  "created",
  "already_associated",
  "duplicate",
  "removed",
  "already_absent",
  "restored",
];

/** Returns whether a retry can change the outcome although no one changed anything. */
export function canSucceedLater(outcome: Outcome | UndoOutcome): boolean {
  return RETRIED_OUTCOMES.some((retried) => retried === outcome);
}

/** Returns whether a row with this outcome reached its goal. */
export function hasSucceeded(outcome: Outcome | UndoOutcome): boolean {
  return SUCCEEDED_OUTCOMES.includes(outcome);
}
