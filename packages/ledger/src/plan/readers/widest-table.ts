import { InputError } from "../../ledger-error.ts";

/** Columns of a table: as many as a sheet of Excel has. More are no columns that somebody made. */
const WIDEST = 16_384;

/** Throws `InputError` for a table that has more columns than any that people make. */
export function assertNotTooWide(columns: number, file: string): void {
  if (columns <= WIDEST) return;
  const [found, most] = [columns, WIDEST].map((count) => count.toLocaleString("en"));
  const reason = `has ${found} columns; at most ${most} are possible`;
  const advice = "Leave out columns that the report does not need.";
  throw new InputError(`${file} ${reason}. ${advice}`, [
    { severity: "error", file, line: 1, value: "", reason, advice },
  ]);
}
