/** A line, a sentence or a clause of a text. */
interface Piece {
  text: string;
  /** The mark between this piece and the next one: a line break, a blank or a semicolon. */
  mark: string;
}

/** Pieces that one key can have: a reason has a semicolon or two in it, and a hand-broken text a few lines. */
const MOST_PIECES = 5;

export const SENTENCE_END = /[.;]\s|\n/;

function splitPieces(text: string, mark: RegExp): Piece[] {
  const parts = text.split(mark);
  return parts.flatMap((part, at) => (at % 2 === 0 ? [{ text: part, mark: parts[at + 1] ?? "" }] : []));
}

export const splitLines = (text: string): Piece[] => splitPieces(text, /(\n\s*)/);

/** At full stops and semicolons. */
export const splitSentences = (text: string): Piece[] => splitPieces(text, /((?<=[.?!。]) (?=["\p{Lu}-])|; )/u);

/**
 * Translates the longest runs of pieces that are known, and leaves the others as they are. `isWhole`: all pieces are known.
 * Undefined if none is.
 *
 * @param translationOf of a run of so many pieces
 */
export function joinRuns(
  pieces: readonly Piece[],
  translationOf: (run: string, size: number) => string | undefined,
): { text: string; isWhole: boolean } | undefined {
  let text = "";
  let known = 0;
  for (let at = 0; at < pieces.length;) {
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

/** Translates a sentence, or what the catalogue has without its full stop. */
export function withoutStop(text: string, translationOf: (text: string) => string | undefined): string | undefined {
  const whole = translationOf(text);
  if (whole !== undefined || !text.endsWith(".") || text.includes(". ")) return whole;
  const reason = translationOf(text.slice(0, -1));
  return reason === undefined ? undefined : `${reason}。`;
}

/** No blank after a full stop. */
const chineseMark = (mark: string): string => (mark === " " ? "" : mark === "; " ? "；" : mark);
