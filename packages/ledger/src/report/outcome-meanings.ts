import type { Outcome, UndoOutcome } from "../outcome.ts";

/** The short explanation that the page shows next to an outcome's name. */
export const OUTCOME_MEANINGS: Readonly<Record<Outcome | UndoOutcome, string>> = {
  created: "by this batch",
  already_associated: "before this batch",
  duplicate: "same as an earlier row",
  limit_reached: "the ticket would have more than three",
  invalid: "found before sending, or rejected by the API",
  not_found: "ticket or related ticket",
  forbidden: "no permission for the ticket",
  failed: "still failing at the end; a retry includes it",
  cancelled: "not settled when the batch was cancelled; a retry includes it",
  removed: "by this undo",
  already_absent: "before this undo",
  restored: "removed by a replacing write of the batch",
};
