import { translated } from "../language/words.ts";
import { widthOf, wrapped } from "../screen/format.ts";

/** A titled list of names with their meaning. */
export interface Section {
  /** Ends with a colon. */
  readonly title: string;
  readonly entries: readonly (readonly [name: string, meaning: string])[];
}

const INDENT = 2;
const GAP = 2;
/** A longer name has its meaning on the next line. */
const LONGEST_NAME = 25;

/** Formats sections for a width, with the meanings below each other. */
export function sectionLines(sections: readonly Section[], width: number): string[] {
  const lengths = sections.flatMap(({ entries }) => entries.map(([name]) => widthOf(name)));
  const column = Math.max(0, ...lengths.filter((length) => length <= LONGEST_NAME)) + INDENT + GAP;
  return sections.flatMap(({ title, entries }) => [
    "",
    translated(title),
    ...entries.flatMap(([name, meaning]) => entryLines(name, meaning, column, width)),
  ]);
}

function entryLines(name: string, meaning: string, column: number, width: number): string[] {
  const term = `${" ".repeat(INDENT)}${name}`;
  const lines = wrapped(translated(meaning), Math.max(20, width - column)).map(
    (line) => `${" ".repeat(column)}${line}`,
  );
  if (widthOf(name) > LONGEST_NAME) return [term, ...lines];
  const [first = "", ...rest] = lines;
  return [term + first.slice(widthOf(term)), ...rest];
}
