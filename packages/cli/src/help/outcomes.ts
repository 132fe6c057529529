import {
  canSucceedLater,
  hasSucceeded,
  OUTCOMES,
  UNDO_OUTCOMES,
  type Outcome,
  type UndoOutcome,
} from "@caselink/ledger";
import type { Section } from "./section.ts";

const MEANINGS: Readonly<Record<Outcome | UndoOutcome, string>> = {
  created: "this batch created the association",
  already_associated: "it existed before this batch touched the ticket",
  duplicate: "repeats an earlier row of the input",
  limit_reached: "the ticket would have more than three associations",
  invalid: "found invalid before sending, or rejected by the API's parameter check",
  not_found: "the ticket or the related ticket does not exist",
  forbidden: "no permission for this ticket",
  failed: "still failing when the time to give up came",
  cancelled: "the batch was cancelled before this row was settled",
  removed: "this undo removed the association",
  already_absent: "it was gone before the undo: someone else removed it",
  restored: "the undo put back what a replacing write took away",
};

const entriesOf = (outcomes: readonly (Outcome | UndoOutcome)[]): Section["entries"] =>
  outcomes.map((outcome) => [outcome, MEANINGS[outcome]]);

/** Every outcome of a row, by what to do about it. */
export const OUTCOME_SECTIONS: readonly Section[] = [
  { title: "Succeeded:", entries: entriesOf(OUTCOMES.filter(hasSucceeded)) },
  { title: "Not done; caselink retry takes it:", entries: entriesOf(OUTCOMES.filter(canSucceedLater)) },
  {
    title: "Not done; fails again if nothing is changed (--outcome needs-fix):",
    entries: entriesOf(OUTCOMES.filter((outcome) => !hasSucceeded(outcome) && !canSucceedLater(outcome))),
  },
  { title: "Of an undo; all succeeded:", entries: entriesOf(UNDO_OUTCOMES) },
];
