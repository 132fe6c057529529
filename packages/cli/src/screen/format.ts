import { count } from "@caselink/ledger";

export { count, counted, duration } from "@caselink/ledger";

/** What a terminal shows in a line where it does not say how much it can. */
export const USUAL_COLUMNS = 80;

/** A text in lines of so many characters, broken between words; a word that is longer stays whole. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Columns side by side: texts to the left; a column with numbers, its head included, to the right. */
export function table(rows: readonly (readonly (string | number)[])[], gap = 3): string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "number" ? count(cell) : cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isNumeric = widths.map((_, column) => rows.some((row) => typeof row[column] === "number"));
  return cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(" ".repeat(gap))
      .trimEnd(),
  );
}

/** `1h`, `30m`, `24h`, `2d`, `90s` in milliseconds; undefined where it is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)$/.exec(text.trim());
  const factors = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
  return match ? Math.round(Number(match[1]) * factors[match[2] as keyof typeof factors]) : undefined;
}
