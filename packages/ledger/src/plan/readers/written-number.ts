import type { JsonShape } from "./json-shape.ts";

/** A number of a JSON text that JavaScript would change. In JSON it becomes a text with the original characters. */
export class WrittenNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toJSON(): string {
    return this.source;
  }
}

/** The characters before the values of objects and the elements of lists. */
const BEFORE_VALUES = [":", ",", "["];

/** Returns whether JavaScript may change a number of the text. Digits within a string can also make it return true. */
function mayAlter(text: string, hasListNumber: boolean): boolean {
  for (const mark of hasListNumber ? BEFORE_VALUES : [":"]) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
      if (isAltered(text, at + 1)) return true;
    }
  }
  return false;
}

const [TAB, LINE_FEED, RETURN, BLANK, COMMA, MINUS, POINT, ZERO, NINE] = [9, 10, 13, 32, 44, 45, 46, 48, 57];
const [LARGE_E, BRACKET, SMALL_E, BRACE] = [69, 93, 101, 125];
/** JavaScript keeps all digits of a number with at most this many. */
const DIGITS = 15;

/**
 * Returns whether the number that begins here, after blanks, may differ from the form that JavaScript writes: it has
 * many digits, an exponent, a zero at the end of its decimals or many at their beginning, or is negative zero.
 */
function isAltered(text: string, start: number): boolean {
  let at = start;
  let next = text.charCodeAt(at);
  while (next === BLANK || next === TAB || next === LINE_FEED || next === RETURN) next = text.charCodeAt(++at);
  const isNegative = next === MINUS;
  if (isNegative) next = text.charCodeAt(++at);
  const first = at;
  let last = next;
  let hasPoint = false;
  while ((next >= ZERO && next <= NINE) || next === POINT) {
    hasPoint ||= next === POINT;
    last = next;
    next = text.charCodeAt(++at);
  }
  const length = at - first;
  if (length === 0) return false;
  if (next === SMALL_E || next === LARGE_E) return true;
  // Another character follows if these are digits of a string, such as a time.
  if (next !== COMMA && next !== BRACE && next !== BRACKET && next > BLANK) return false;
  if (length > DIGITS + (hasPoint ? 1 : 0)) return true;
  return hasPoint ? last === ZERO || text.startsWith("0.000000", first) : isNegative && last === ZERO && length === 1;
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** TypeScript's types do not have the reviver's third parameter yet, which holds the original text. */
const parseWith: (text: string, reviver: Reviver) => unknown = JSON.parse;

/**
 * Returns the parsed value with a {@link WrittenNumber} for each number that `JSON.parse` changed. It must not be
 * nested deeply.
 */
export function withWrittenNumbers(parsed: unknown, text: string, { hasNumber, hasListNumber }: JsonShape): unknown {
  if (!hasNumber || !mayAlter(text, hasListNumber)) return parsed;
  return parseWith(text, (_, value, { source } = {}) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? new WrittenNumber(source) : value,
  );
}
