import type { Outcome, UndoOutcome } from "../outcome.ts";

/** What an outcome means, in a few words beside its name. */
export const OUTCOME_MEANINGS: Readonly<Record<Outcome | UndoOutcome, string>> = {
  created: "by this batch",
  already_associated: "before this batch",
  duplicate: "an earlier row of the input",
  limit_reached: "the ticket would exceed three",
  invalid: "refused before sending, or by the API",
  not_found: "ticket or related ticket",
  forbidden: "no permission for the ticket",
  failed: "still failing at the end; a retry takes it",
  cancelled: "not settled when the batch was cancelled; a retry takes it",
  removed: "by this undo",
  already_absent: "before this undo",
  restored: "what the batch had taken away",
};
