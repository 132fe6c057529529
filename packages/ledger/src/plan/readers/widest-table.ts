import { InputError } from "../../ledger-error.ts";

/** The most columns of a table: those of an Excel sheet. No one makes a table with more. */
const WIDEST = 16_384;

/** Throws `InputError` for a table with more than {@link WIDEST} columns. */
export function assertNotTooWide(columns: number, file: string): void {
  if (columns <= WIDEST) return;
  const [found, most] = [columns, WIDEST].map((count) => count.toLocaleString("en"));
  const reason = `has ${found} columns; at most ${most} are possible`;
  const advice = "Leave out columns that the report does not need.";
  throw new InputError(`${file} ${reason}. ${advice}`, [
    { severity: "error", file, line: 1, value: "", reason, advice },
  ]);
}
