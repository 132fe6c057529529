/** Cells as a line of CSV (RFC 4180), without its end. */
export function formatCsvLine(cells: readonly string[], delimiter = ","): string {
  return cells.map((cell) => formatCell(cell, delimiter)).join(delimiter);
}

function formatCell(cell: string, delimiter: string): string {
  const needsQuotes = cell.includes(delimiter) || cell.includes('"') || cell.includes("\n") || cell.includes("\r");
  return needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/**
 * A leading apostrophe keeps a spreadsheet from running a cell as a formula; some read the full-width signs as well.
 */
export function defuse(cell: string): string {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell;
}
