import { SENTENCE_END } from "./text-pieces.ts";

/** A key whose template a text has, and the values in it. */
interface Found {
  key: string;
  values: string[];
}

interface Pattern {
  key: string;
  /** The texts before, between and after the values. */
  parts: readonly string[];
  isCount: boolean;
}

/** The longest that a value can be: a part of a sentence, the sentences of one line, or several lines. */
export type Width = "clause" | "line" | "any";

const NOT_IN_VALUE: Readonly<Record<Width, RegExp | undefined>> = {
  clause: SENTENCE_END,
  line: /\n/,
  any: undefined,
};

/** The key of a count, such as `{{0}} related tickets`: its value is a number. */
const COUNT = /^\{\{0\}\} [a-z]+( [a-z]+)?s$/;
const NUMBER = /^[\d.,]+$/;

/** Letters that a key must have next to its values: `{{0}}: {{1}}` would match most texts. */
const FEWEST_LETTERS = 4;

/** Finds the template of a text that was made elsewhere. */
export class TextPatterns {
  readonly #patterns: readonly Pattern[];

  private constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns;
  }

  static of(keys: readonly string[]): TextPatterns {
    const patterns = keys
      .filter((key) => key.includes("{{") && lettersOf(key) >= FEWEST_LETTERS)
      .toSorted((one, other) => lettersOf(other) - lettersOf(one))
      .map((key) => ({ key, parts: key.split(/\{\{\d+\}\}/), isCount: COUNT.test(key) }));
    return new TextPatterns(patterns);
  }

  /** The few that can match a text or a piece of it. */
  within(text: string): TextPatterns {
    return new TextPatterns(this.#patterns.filter(({ parts }) => parts.every((part) => text.includes(part))));
  }

  /** The key with the most letters whose template matches; undefined if none does. */
  find(text: string, width: Width = "any"): Found | undefined {
    for (const pattern of this.#patterns) {
      const values = valuesIn(text, pattern.parts);
      if (values !== undefined && fits(values, text, pattern, width)) return { key: pattern.key, values };
    }
    return undefined;
  }
}

/** The end of a text after which a name follows. */
const BEFORE_NAME = /["'`]$/;

/** Whether a value of a template is a name, and no text: it stands in quotation marks. */
export const isName = (key: string, at: number): boolean => BEFORE_NAME.test(key.slice(0, key.indexOf(`{{${at}}}`)));

const lettersOf = (key: string): number => key.replaceAll(/\{\{\d+\}\}|\P{Letter}/gu, "").length;

/**
 * The shortest values between the parts, in order: that of `{{0}}` first. No division of the text is tried twice, so that a
 * long text costs little.
 */
function valuesIn(text: string, parts: readonly string[]): string[] | undefined {
  const head = parts[0] ?? "";
  const tail = parts.at(-1) ?? "";
  if (!text.startsWith(head) || !text.endsWith(tail)) return undefined;
  const values: string[] = [];
  let at = head.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return undefined;
    values.push(text.slice(at, found));
    at = found + part.length;
  }
  const end = text.length - tail.length;
  return end < at ? undefined : [...values, text.slice(at, end)];
}

function fits(values: readonly string[], text: string, { key, parts, isCount }: Pattern, width: Width): boolean {
  if (isCount) return values.every((value) => NUMBER.test(value));
  // The last value of a clause has no full stop, unless it is a sentence after another one.
  if (width === "clause" && parts.at(-1) === "" && text.endsWith(".") && !key.includes(". ")) return false;
  const no = NOT_IN_VALUE[width];
  return no === undefined || !values.some((value) => no.test(value));
}
