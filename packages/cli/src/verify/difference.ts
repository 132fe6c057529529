/**
 * - `missing`: the report says that it is there, and it is not
 * - `unexpected`: the report says that it was not made, or was removed, and it is there
 * - `ticket_gone`, `ticket_forbidden`: something was made for a ticket that does not exist any more, or is closed to us
 * - `too_many`: the ticket has more associations than there can be
 * - `file_altered`, `file_missing`, `file_added`: a file of the batch is not what its manifest says
 */
export const DIFFERENCE_KINDS = [
  "missing",
  "unexpected",
  "ticket_gone",
  "ticket_forbidden",
  "too_many",
  "file_altered",
  "file_missing",
  "file_added",
] as const;

export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** One thing that is not as the report of a batch has it. The columns are named as in the report. */
export interface Difference {
  kind: DifferenceKind;
  /** Of differences of tickets. */
  case_id?: string;
  /** Of differences of files: its path in the batch's folder, or the report's. */
  file?: string;
  /** Of the row; absent where the whole ticket is meant. */
  line?: number;
  related_id?: string;
  outcome?: string;
  /** For people. */
  message: string;
}
