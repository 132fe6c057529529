import { joinRuns, splitLines, splitSentences, withoutStop, SENTENCE_END } from "./text-pieces.ts";
import { isName, type TextPatterns, type Width } from "./text-patterns.ts";

/** Puts values into the translation of a key. */
export type Fill = (key: string, values: readonly string[]) => string;

/** A longer text is one of another program. */
const MOST_SENTENCES = 20;

/** How a reason begins that continues after the name of its subject. */
const REASON = /^(?:is|are|was|has|does|can|cannot|contains|continues|ends|begins|lacks|looks|refers|stands|unpacks) /;

const QUOTED = /^"[^"]*"$/;
/** Not within quotation marks. */
const BETWEEN_ITEMS = /(?:,? (?=and \d+ more$)|,? and |, )(?=(?:[^"]*"[^"]*")*[^"]*$)/;

/**
 * Translates a text of which the catalogue may have only the parts: `tickets.csv is empty: there is nothing to associate.` is
 * a file, a reason and a full stop; errors of a row are joined by semicolons, those of files stand on lines of their own, and
 * a value can be a text with values.
 */
export class PieceTranslator {
  readonly #keys: ReadonlySet<string>;
  readonly #patterns: TextPatterns;
  readonly #fill: Fill;
  /** A value of several sentences is met many times. */
  readonly #values = new Map<string, string>();

  /** @param patterns those that can match a piece of the text */
  constructor(keys: ReadonlySet<string>, patterns: TextPatterns, fill: Fill) {
    this.#keys = keys;
    this.#patterns = patterns;
    this.#fill = fill;
  }

  /** Undefined if the catalogue has no part of the text. */
  translate(text: string): string | undefined {
    if (!text.includes("\n")) return this.#ofLine(text);
    const lines = joinRuns(splitLines(text), (run, size) =>
      size === 1 ? this.#ofLine(run) : this.#ofKey(run, "line"),
    );
    return lines?.text ?? this.#ofKey(text, "any");
  }

  /**
   * Of sentences that are keys, else of a template with sentences as values, else of sentences with a subject, of which some
   * may be unknown.
   */
  #ofLine(line: string): string | undefined {
    const pieces = splitSentences(line);
    if (pieces.length > MOST_SENTENCES) return this.#ofKey(line, "line");
    const keys = joinRuns(pieces, (run) => withoutStop(run, (text) => this.#ofKey(text, "clause")));
    if (keys?.isWhole) return keys.text;
    const parts = () => joinRuns(pieces, (run) => withoutStop(run, (text) => this.#ofClause(text)));
    return this.#ofKey(line, "line") ?? parts()?.text;
  }

  #ofClause(text: string): string | undefined {
    return this.#ofKey(text, "clause") ?? this.#withDetail(text) ?? this.#withSubject(text);
  }

  #ofKey(text: string, width: Width): string | undefined {
    if (this.#keys.has(text)) return this.#fill(text, []);
    const [, noun] = /^1 (\D.*)$/.exec(text) ?? [];
    if (noun !== undefined && this.#keys.has(`{{0}} ${noun}s`)) return this.#fill(`{{0}} ${noun}s`, ["1"]);
    return this.#withField(text, width) ?? this.#ofPattern(text, width);
  }

  #ofPattern(text: string, width: Width): string | undefined {
    const found = this.#patterns.find(text, width);
    return (
      found &&
      this.#fill(
        found.key,
        found.values.map((value, at) => (isName(found.key, at) ? value : this.#value(value))),
      )
    );
  }

  /** `case_id: missing` */
  #withField(text: string, width: Width): string | undefined {
    const [, field, reason] = /^(\w+): (.+)$/.exec(text) ?? [];
    const known = reason === undefined ? undefined : this.#ofKey(reason, width);
    return known === undefined ? undefined : `${field}：${known}`;
  }

  /** `connection refused (ECONNREFUSED)` */
  #withDetail(text: string): string | undefined {
    const [, main, detail = ""] = /^([^()]+) \((.+)\)$/.exec(text) ?? [];
    const known = main === undefined ? undefined : this.#ofKey(main, "clause");
    return known === undefined ? undefined : `${known}（${this.#value(detail)}）`;
  }

  /** `tickets.csv is empty`, `a row: missing`: the subject can have blanks. */
  #withSubject(text: string): string | undefined {
    for (const { 0: mark, index } of text.matchAll(/: | /g)) {
      const subject = text.slice(0, index);
      if (subject === "" || SENTENCE_END.test(subject)) return undefined;
      const reason = text.slice(index + mark.length);
      const known = mark === ": " || REASON.test(reason) ? this.#ofReason(reason) : undefined;
      if (known !== undefined) return `${subject}${mark === " " ? " " : "："}${known}`;
    }
    return undefined;
  }

  #ofReason(text: string): string | undefined {
    return this.#ofKey(text, "clause") ?? this.#withDetail(text);
  }

  /** A single word is an id, a name or a number, and a quoted text is the user's, whatever the catalogue has. */
  #value(value: string): string {
    if (!/\s/.test(value.trim()) || QUOTED.test(value)) return value;
    const inner = /^\((.*)\)$/.exec(value)?.[1];
    if (inner !== undefined) return `（${this.#value(inner)}）`;
    const known =
      this.#values.get(value) ?? this.#ofKey(value, "clause") ?? this.#ofList(value) ?? this.translate(value);
    this.#values.set(value, known ?? value);
    return known ?? value;
  }

  /** `a, b and c`: a list of names, quoted texts or translated items. */
  #ofList(text: string): string | undefined {
    const items = text.split(BETWEEN_ITEMS);
    if (items.length < 2) return undefined;
    const translations = items.map((item) => (/^\S+$/.test(item) || QUOTED.test(item) ? item : this.translate(item)));
    return translations.includes(undefined) ? undefined : translations.join("、");
  }
}
