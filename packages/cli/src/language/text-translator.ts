import { PieceTranslator, type Fill } from "./piece-translator.ts";
import { TextPatterns } from "./text-patterns.ts";

/** Translations kept: a screen shows the same reason many times a second. */
const MOST_KEPT = 500;

/** Translates texts that were made elsewhere, whole or by their parts. */
export class TextTranslator {
  readonly #keys: ReadonlySet<string>;
  readonly #patterns: TextPatterns;
  readonly #fill: Fill;
  readonly #kept = new Map<string, string>();

  constructor(keys: readonly string[], fill: Fill) {
    this.#keys = new Set(keys);
    this.#patterns = TextPatterns.of(keys);
    this.#fill = fill;
  }

  /** Returns unchanged the parts that the catalogue lacks. */
  translate(text: string): string {
    const kept = this.#kept.get(text);
    if (kept !== undefined) return kept;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    const pieces = new PieceTranslator(this.#keys, this.#patterns.within(text), this.#fill);
    const translation = pieces.translate(text) ?? text;
    this.#kept.set(text, translation);
    return translation;
  }
}
