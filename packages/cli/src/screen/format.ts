import { count, duration as durationIn } from "@caselink/common";
import { eastAsianWidth } from "get-east-asian-width";
import { language, t } from "../language/words.ts";

export { count } from "@caselink/common";
export { counted } from "../language/words.ts";

/** `48 s`, `1 min 35 s`, `2 h 5 min`: at most two units. */
export const duration = (milliseconds: number): string => durationIn(milliseconds, t);

/** The day of a time, as the language writes it. */
export const dayOf = (time: Date): string => time.toLocaleDateString(language() === "en" ? "en-GB" : language());

/** `failed 3, cancelled 2` */
export const listed = (texts: readonly string[]): string => texts.join(t`, `);

/** Sentences next to each other: Chinese ones have no blank between them. */
export const joined = (sentences: readonly string[]): string => sentences.join(language() === "en" ? " " : "");

/** The width of a terminal that does not report one. */
export const USUAL_COLUMNS = 80;

/** Returns how many columns of a terminal a text takes: two for most Chinese characters, none for a combining mark. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) {
    if (!/\p{Mark}/u.test(character)) columns += eastAsianWidth(character.codePointAt(0) ?? 0);
  }
  return columns;
}

/** Returns a text with blanks after it, so that it takes at least so many columns. */
export function padColumns(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

/** A Chinese character, or what is between two, with the marks that stay on its line. */
const PIECES = /[（《“]*(?:\p{Script=Han}|[^\p{Script=Han}（《“，。、；：！？）》”]+)[，。、；：！？）》”]*|./gu;

/**
 * Breaks a text between words into lines of at most `width` columns; a longer word stays whole. A Chinese text is broken
 * between its characters.
 */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  const add = (piece: string, gap: string): void => {
    if (line !== "" && widthOf(line + gap + piece) > width) {
      lines.push(line);
      line = piece;
    } else line = line === "" ? piece : line + gap + piece;
  };
  for (const word of text.split(" ")) {
    const [first = word, ...rest] = language() === "en" ? [] : (word.match(PIECES) ?? []);
    add(first, " ");
    for (const piece of rest) add(piece, "");
  }
  return [...lines, line];
}

/** Formats rows as columns: texts left-aligned; a column with numbers, including its head, right-aligned. */
export function table(rows: readonly (readonly (string | number)[])[], gap = 3): string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "number" ? count(cell) : cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ""))));
  const isNumeric = widths.map((_, column) => rows.some((row) => typeof row[column] === "number"));
  return cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumeric[column] ? " ".repeat(width - widthOf(cell)) + cell : padColumns(cell, width);
      })
      .join(" ".repeat(gap))
      .trimEnd(),
  );
}

/** Returns `1h`, `30m`, `24h`, `2d` or `90s` in milliseconds; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)$/.exec(text.trim());
  const factors = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
  return match ? Math.round(Number(match[1]) * factors[match[2] as keyof typeof factors]) : undefined;
}

const LABEL_WIDTH = 9;

/** `Report   caselink report ID   what it does`, in two lines if one is too short. */
export function nextStep(label: string, command: string, what: string): string {
  const line = `${padColumns(label, LABEL_WIDTH)}${command}`;
  if (what === "") return line;
  return widthOf(line) + 3 + widthOf(what) <= USUAL_COLUMNS
    ? `${line}   ${what}`
    : `${line}\n${" ".repeat(LABEL_WIDTH)}${what}`;
}
