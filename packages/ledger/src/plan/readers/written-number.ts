import type { JsonShape } from "./json-shape.ts";

/** A number of a JSON text that JavaScript would alter. In JSON it becomes the text that it was written as. */
export class WrittenNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toJSON(): string {
    return this.source;
  }
}

/** Values of objects, and elements of lists, begin after one of these. */
const BEFORE_VALUES = [":", ",", "["];

/** Whether a number in it may be altered. It may also be taken for one what stands in a text. */
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
/** Of so few, JavaScript gives back each. */
const DIGITS = 15;

/**
 * Whether a number that begins here, blanks before it, may not be as JavaScript writes it: with many digits, an exponent, a
 * zero at the end of its decimals, many at their beginning, or as negative zero.
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
  // A time in a text, for one, goes on otherwise.
  if (next !== COMMA && next !== BRACE && next !== BRACKET && next > BLANK) return false;
  if (length > DIGITS + (hasPoint ? 1 : 0)) return true;
  return hasPoint ? last === ZERO || text.startsWith("0.000000", first) : isNegative && last === ZERO && length === 1;
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** The types of the language do not know yet that a reviver is told what stands in the text. */
const parseWith: (text: string, reviver: Reviver) => unknown = JSON.parse;

/**
 * What `JSON.parse` made of a text, with each number that it altered as a {@link WrittenNumber}. The text must not be nested
 * deeply.
 */
export function withWrittenNumbers(parsed: unknown, text: string, { hasNumber, hasListNumber }: JsonShape): unknown {
  if (!hasNumber || !mayAlter(text, hasListNumber)) return parsed;
  return parseWith(text, (_, value, { source } = {}) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? new WrittenNumber(source) : value,
  );
}
