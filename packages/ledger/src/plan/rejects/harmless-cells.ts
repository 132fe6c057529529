/** The names of the column that holds the errors of a row in a rejects file; the second if the input has the first. */
export const REASON = "reason";
export const OWN_REASON = "caselink_reason";

/**
 * Returns the reason column of an earlier rejects file, which its name and its columns show; undefined if the file is
 * another one.
 */
export function earlierReasonColumn(file: string, columns: readonly string[]): string | undefined {
  if (!/\.rejects(-\d+)?\.\w+(\.gz)?$/i.test(file)) return undefined;
  const find = (wanted: string) => columns.find((column) => column.toLowerCase() === wanted);
  return find(OWN_REASON) ?? find(REASON);
}

/** Spreadsheets run cells that begin with these as formulas, some of them also with the full-width signs. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/u;
/** A spreadsheet may read `-SR1` as a reference to a cell, but cannot call a function with it. */
const SAFE_ID = /^[A-Za-z0-9._-]+$/u;

/**
 * Returns a cell for the rejects file that a spreadsheet does not run as a formula: with a leading apostrophe, which
 * {@link restoreCell} removes when the file is planned.
 */
export function harmlessCell(cell: string, isId = false): string {
  return FORMULA.test(cell) && !(isId && SAFE_ID.test(cell)) ? `'${cell}` : cell;
}

/** Returns the cell of a rejects file as it was in the input. */
export function restoreCell(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
