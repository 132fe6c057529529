/** A key whose template a text has, and the values in it. */
interface Found {
  key: string;
  values: string[];
}

/** Letters that a key must have next to its values: `{{0}}: {{1}}` would match most texts. */
const FEWEST_LETTERS = 4;

/** Finds the template of a text that was made elsewhere. */
export class TextPatterns {
  readonly #patterns: { key: string; pattern: RegExp }[];

  constructor(keys: readonly string[]) {
    this.#patterns = keys
      .filter((key) => key.includes("{{") && lettersOf(key) >= FEWEST_LETTERS)
      .toSorted((one, other) => lettersOf(other) - lettersOf(one))
      .map((key) => ({ key, pattern: patternOf(key) }));
  }

  /** The key with the most letters whose template matches; undefined if none does. */
  find(text: string): Found | undefined {
    for (const { key, pattern } of this.#patterns) {
      const match = pattern.exec(text);
      if (match) return { key, values: match.slice(1) };
    }
    return undefined;
  }
}

/** What stands before a name or what someone typed: a quotation mark, or the words before a suggestion or arguments. */
const BEFORE_NAME = /(?:["'`]|Did you mean (?:one of )?|but got \{\{\d+\}\}: )$/;

/** Whether a value of a template is a name, and no text: `batch` can be the name of an argument or a column. */
export const isName = (key: string, at: number): boolean => BEFORE_NAME.test(key.slice(0, key.indexOf(`{{${at}}}`)));

const lettersOf = (key: string): number => key.replaceAll(/\{\{\d+\}\}|\P{Letter}/gu, "").length;

/** The key of `counted`: a noun in its plural. */
const COUNTED = /^\{\{0\}\} ((?:[a-z]+ )?[a-z]+)s$/;

/** Values stand in the order of their numbers. */
function patternOf(key: string): RegExp {
  const noun = COUNTED.exec(key)?.[1];
  // Any list that ends with the noun would match `{{0}} files`.
  if (noun !== undefined) return new RegExp(`^([\\d,]+) ${noun}s?$`);
  const parts = key.split(/\{\{\d+\}\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("([\\s\\S]*?)")}$`);
}
