/**
 * - `missing`: an association is not there, although the report says so
 * - `unexpected`: an association is there, although the report says that it was not created, or was removed
 * - `ticket_gone`, `ticket_forbidden`: a ticket with created associations no longer exists, or cannot be read
 * - `too_many`: the ticket has more associations than the API allows
 * - `file_altered`, `file_missing`, `file_added`: a file of the batch, or a report, is not as it was
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

/** A difference between the report of a batch and the API or the files. The columns have the report's names. */
export interface Difference {
  kind: DifferenceKind;
  /** The ticket; absent for differences of files. */
  case_id?: string;
  /** The file's path in the batch's folder, or the path of the report; absent for differences of tickets. */
  file?: string;
  /** The line of the row; absent if the difference concerns the whole ticket. */
  line?: number;
  related_id?: string;
  outcome?: string;
  /** The difference in words. */
  message: string;
}
