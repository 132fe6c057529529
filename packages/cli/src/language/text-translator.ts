import { TextPatterns, type Width } from "./text-patterns.ts";

/** Puts values into the translation of a key. */
type Fill = (key: string, values: readonly string[]) => string;

/** Pieces that one key can have: a reason has a semicolon or two in it, and a hand-broken text a few lines. */
const MOST_PIECES = 5;
/** Translations kept: a screen shows the same reason many times a second. */
const MOST_KEPT = 500;

/**
 * Translates texts that were made elsewhere, of which the catalogue has only the parts: `tickets.csv is empty: there is
 * nothing to associate.` is a file, a reason and a full stop; errors of a row are joined by semicolons, those of files
 * stand on lines of their own, and a value can be a text with values. What the catalogue does not have stays as it is.
 */
export class TextTranslator {
  readonly #keys: ReadonlySet<string>;
  readonly #patterns: TextPatterns;
  readonly #fill: Fill;
  readonly #kept = new Map<string, string>();

  constructor(keys: readonly string[], fill: Fill) {
    this.#keys = new Set(keys);
    this.#patterns = new TextPatterns(keys);
    this.#fill = fill;
  }

  translate(text: string): string {
    const kept = this.#kept.get(text);
    if (kept !== undefined) return kept;
    const translation = this.#translationOf(text) ?? text;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(text, translation);
    return translation;
  }

  #translationOf(text: string): string | undefined {
    if (!text.includes("\n")) return this.#ofLine(text);
    const lines = joinRuns(splitLines(text), (run, size) => (size === 1 ? this.#ofLine(run) : this.#ofKey(run, "line")));
    return lines?.text ?? this.#ofKey(text, "any");
  }

  /** Of sentences that are all known, else of a template with sentences as values, else of the sentences that are known. */
  #ofLine(line: string): string | undefined {
    const sentences = joinRuns(splitSentences(line), (run) => this.#ofSentence(run));
    if (sentences?.isWhole) return sentences.text;
    return this.#ofKey(line, "line") ?? sentences?.text;
  }

  #ofSentence(text: string): string | undefined {
    const whole = this.#ofClause(text);
    if (whole !== undefined || !text.endsWith(".")) return whole;
    const reason = this.#ofClause(text.slice(0, -1));
    return reason === undefined ? undefined : `${reason}。`;
  }

  #ofClause(text: string): string | undefined {
    return this.#ofKey(text, "clause") ?? this.#withDetail(text) ?? this.#withSubject(text);
  }

  #ofKey(text: string, width: Width): string | undefined {
    if (this.#keys.has(text)) return this.#fill(text, []);
    const [, noun] = /^1 (\D.*)$/.exec(text) ?? [];
    if (noun !== undefined && this.#keys.has(`{{0}} ${noun}s`)) return this.#fill(`{{0}} ${noun}s`, ["1"]);
    const found = this.#patterns.find(text, width);
    return found && this.#fill(found.key, found.values.map((value) => this.#value(value)));
  }

  /** `connection refused (ECONNREFUSED)` */
  #withDetail(text: string): string | undefined {
    const [, main = "", detail = ""] = /^([^()]+) \((.+)\)$/.exec(text) ?? [];
    const known = main && this.#ofKey(main, "clause");
    return known ? `${known}（${this.#value(detail)}）` : undefined;
  }

  /** `tickets.csv is empty`, `case_id: missing`: the reason can begin after each blank. */
  #withSubject(text: string): string | undefined {
    for (const { 0: mark, index } of text.matchAll(/: | /g)) {
      const subject = text.slice(0, index);
      if (subject === "" || SENTENCE_END.test(subject)) return undefined;
      const reason = text.slice(index + mark.length);
      const isReason = mark === " " ? /^[a-z]+ /.test(reason) : reason !== "";
      const known = isReason ? (this.#ofKey(reason, "clause") ?? this.#withDetail(reason)) : undefined;
      if (known !== undefined) return `${subject}${mark === " " ? " " : "："}${known}`;
    }
    return undefined;
  }

  /** A single word is an id, a name or a number, whatever the catalogue has. */
  #value(value: string): string {
    if (!/\s/.test(value.trim())) return value;
    return this.#translationOf(value) ?? this.#ofList(value) ?? value;
  }

  /** `a, b and c`: a list of names, quoted texts or translated items. */
  #ofList(text: string): string | undefined {
    const items = text.split(/,? and |, /);
    if (items.length < 2) return undefined;
    const translations = items.map((item) => (/^(?:\S+|"[^"]*")$/.test(item) ? item : this.#translationOf(item)));
    if (translations.includes(undefined)) return undefined;
    return translations.join("、");
  }
}

interface Piece {
  text: string;
  /** What stands between it and the next one. */
  mark: string;
}

const SENTENCE_END = /\.\s|;\s|\n/;

function splitPieces(text: string, mark: RegExp): Piece[] {
  const parts = text.split(mark);
  return parts.flatMap((part, at) => (at % 2 === 0 ? [{ text: part, mark: parts[at + 1] ?? "" }] : []));
}

const splitLines = (text: string): Piece[] => splitPieces(text, /(\n\s*)/);
const splitSentences = (text: string): Piece[] => splitPieces(text, /((?<=\.) (?=["\p{Lu}-])|; )/u);

/**
 * Translates the longest runs of pieces that are known. `isWhole`: all pieces are. Undefined if none is.
 *
 * @param translationOf of a run of so many pieces
 */
function joinRuns(
  pieces: readonly Piece[],
  translationOf: (run: string, size: number) => string | undefined,
): { text: string; isWhole: boolean } | undefined {
  let text = "";
  let known = 0;
  for (let at = 0; at < pieces.length; ) {
    const { translation, size } = longestRun(pieces.slice(at, at + MOST_PIECES), translationOf);
    const mark = pieces[at + size - 1]?.mark ?? "";
    if (translation !== undefined) known += size;
    text += translation === undefined ? `${pieces[at]?.text ?? ""}${mark}` : `${translation}${chineseMark(mark)}`;
    at += size;
  }
  return known === 0 ? undefined : { text, isWhole: known === pieces.length };
}

function longestRun(
  pieces: readonly Piece[],
  translationOf: (run: string, size: number) => string | undefined,
): { translation?: string; size: number } {
  for (let size = pieces.length; size > 0; size--) {
    const run = pieces.slice(0, size).map(({ text, mark }, at) => (at + 1 === size ? text : text + mark));
    const translation = run.every((part) => part === "") ? undefined : translationOf(run.join(""), size);
    if (translation !== undefined) return { translation, size };
  }
  return { size: 1 };
}

/** No blank after a full stop. */
const chineseMark = (mark: string): string => (mark === " " ? "" : mark === "; " ? "；" : mark);
