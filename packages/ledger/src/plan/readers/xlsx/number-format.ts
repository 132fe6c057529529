/** The form in which a cell shows its number, as far as it matters for ids. */
export type NumberFormat =
  | { kind: "plain" }
  | { kind: "date" }
  /** With leading zeros and fixed texts: `"SR"00000` shows 114 as SR00114. */
  | { kind: "padded"; before: string; digits: number; after: string }
  /** Shows more than the number, or something else. */
  | { kind: "other" };

const PLAIN: NumberFormat = { kind: "plain" };
const DATE: NumberFormat = { kind: "date" };
const OTHER: NumberFormat = { kind: "other" };

/**
 * Returns the format of a built-in number, for which the file has no format code. Source: ECMA-376, part 1, 18.8.30.
 */
export function builtInFormat(id: number): NumberFormat {
  const isDate = (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
  if (isDate) return DATE;
  return id === 9 || id === 10 ? OTHER : PLAIN;
}

export function parseNumberFormat(code: string): NumberFormat {
  const [positive = ""] = sectionsOf(code);
  const text = positive.replace(/\[(?![hms]+\])[^\]]*\]|[_*]./giu, "");
  const bare = text.replace(/"[^"]*"|\\./gu, "");
  if (/^general$/i.test(bare) || bare === "@") return bare === text ? PLAIN : OTHER;
  if (/[ymdhs年月日]/iu.test(bare)) return DATE;
  const padded = /^((?:"[^"]*"|\\.|[-/ ])*)(0+)((?:"[^"]*"|\\.|[-/ ])*)$/u.exec(text);
  if (padded) {
    const [, before = "", zeros = "", after = ""] = padded;
    return { kind: "padded", before: literal(before), digits: zeros.length, after: literal(after) };
  }
  return /^[#0,.?Ee+\s-]*$/u.test(text) ? PLAIN : OTHER;
}

/**
 * Returns the codes for positive numbers, negative numbers, zero and text. A `;` within quotes does not separate them.
 */
function sectionsOf(code: string): string[] {
  return code.match(/(?:"[^"]*"|\\.|[^;"\\])+/gu) ?? [];
}

function literal(text: string): string {
  return text.replace(/"([^"]*)"|\\(.)/gu, "$1$2");
}
