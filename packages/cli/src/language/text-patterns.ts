/** A key whose template a text has, and the values in it. */
interface Found {
  key: string;
  values: string[];
}

interface Pattern {
  key: string;
  /** What the text begins and ends with. Most patterns fail here, at the first letter. */
  head: string;
  tail: string;
  /** The values, from the narrowest reading of them to the widest. */
  readings: Readonly<Record<Width, RegExp>>;
}

/**
 * What a value can be: `clause`: a part of a sentence, without a line break; `line`: also several sentences; `any`: also
 * several lines.
 */
export type Width = "clause" | "line" | "any";

const VALUES: Readonly<Record<Width, string>> = {
  clause: String.raw`((?:(?!\.\s|;\s|\n)[\s\S])*?)`,
  line: String.raw`([^\n]*?)`,
  any: String.raw`([\s\S]*?)`,
};

/** The key of a count, such as `{{0}} related tickets`: its value is a number. */
const COUNT = /^\{\{0\}\} [a-z]+( [a-z]+)?s$/;
const NUMBER = String.raw`([\d.,]+)`;

/** Letters that a key must have next to its values: `{{0}}: {{1}}` would match most texts. */
const FEWEST_LETTERS = 4;

/** Finds the template of a text that was made elsewhere. */
export class TextPatterns {
  readonly #patterns: readonly Pattern[];

  constructor(keys: readonly string[]) {
    this.#patterns = keys
      .filter((key) => key.includes("{{") && lettersOf(key) >= FEWEST_LETTERS)
      .toSorted((one, other) => lettersOf(other) - lettersOf(one))
      .map(patternOf);
  }

  /** The key with the most letters whose template matches; undefined if none does. */
  find(text: string, width: Width = "any"): Found | undefined {
    for (const { key, head, tail, readings } of this.#patterns) {
      if (!text.startsWith(head) || !text.endsWith(tail)) continue;
      const match = readings[width].exec(text);
      if (match) return { key, values: match.slice(1) };
    }
    return undefined;
  }
}

const lettersOf = (key: string): number => key.replaceAll(/\{\{\d+\}\}|\P{Letter}/gu, "").length;

/** Values stand in the order of their numbers. */
function patternOf(key: string): Pattern {
  const parts = key.split(/\{\{\d+\}\}/);
  const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const reading = (width: Width) => new RegExp(`^${escaped.join(COUNT.test(key) ? NUMBER : VALUES[width])}$`);
  return {
    key,
    head: parts[0] ?? "",
    tail: parts.at(-1) ?? "",
    readings: { clause: reading("clause"), line: reading("line"), any: reading("any") },
  };
}
