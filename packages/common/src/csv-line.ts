/** Returns cells as a line of CSV (RFC 4180), without a line end. */
export function formatCsvLine(cells: readonly string[], delimiter = ","): string {
  return cells.map((cell) => formatCell(cell, delimiter)).join(delimiter);
}

function formatCell(cell: string, delimiter: string): string {
  const needsQuotes = cell.includes(delimiter) || cell.includes('"') || cell.includes("\n") || cell.includes("\r");
  return needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/**
 * Returns a cell that a spreadsheet does not run as a formula: it gets a leading apostrophe. Some spreadsheets also run
 * cells that begin with the full-width signs.
 */
export function defuse(cell: string): string {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell;
}
