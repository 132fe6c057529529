import {
  format,
  getFormatFromId,
  isValidFormat,
  tokenize,
  TOKEN_AMPM,
  TOKEN_BREAK,
  TOKEN_CALENDAR,
  TOKEN_CHAR,
  TOKEN_COLOR,
  TOKEN_CONDITION,
  TOKEN_CURRENCY,
  TOKEN_DATETIME,
  TOKEN_DURATION,
  TOKEN_ESCAPED,
  TOKEN_FILL,
  TOKEN_GENERAL,
  TOKEN_GROUP,
  TOKEN_HASH,
  TOKEN_LOCALE,
  TOKEN_MINUS,
  TOKEN_PAREN,
  TOKEN_PLUS,
  TOKEN_QMARK,
  TOKEN_SKIP,
  TOKEN_SPACE,
  TOKEN_STRING,
  TOKEN_TEXT,
  TOKEN_ZERO,
} from "numfmt";

/** The form in which a sheet shows a number. */
type ShownNumber =
  /** Its digits alone. */
  | { kind: "plain" }
  | { kind: "date" }
  /** All its digits, with zeros before them and fixed texts: `"SR"00000` shows 114 as SR00114. */
  | { kind: "exact"; text: string }
  /**
   * Some of its digits, more than them, or something that depends on the computer or the width of the column. Without a
   * text: no program can read the format.
   */
  | { kind: "other"; text?: string };

/** The form in which cells show their values, as far as it matters for ids. */
export interface NumberFormat {
  /**
   * Returns the text for a whole number from 1 on without any other number in mind, if it is exact and the same for all
   * numbers with as many digits but for these digits.
   */
  ofDigits(digits: string): string | undefined;
  /** The form of a number, which may have decimals. */
  ofNumber(value: number): ShownNumber;
  /** Returns the text that a cell with this text shows. */
  ofText(value: string): string;
}

const PLAIN: ShownNumber = { kind: "plain" };
const DATE: ShownNumber = { kind: "date" };

const asItIs = (value: string) => value;
const unknown = () => undefined;
/**
 * A number of which only the six digits are left that General shows of longer ones, as 2.02602E+13: the value of a cell after
 * a sheet was exported as text and opened again.
 */
const SHORTENED = /^[1-9]\d{5}0{6,9}$/u;
const unlessShortened = (digits: string) => (SHORTENED.test(digits) ? undefined : digits);
export const GENERAL: NumberFormat = { ofDigits: unlessShortened, ofNumber: () => PLAIN, ofText: asItIs };
const UNREADABLE: NumberFormat = { ofDigits: unknown, ofNumber: () => ({ kind: "other" }), ofText: asItIs };
const DATE_FORMAT: NumberFormat = { ofDigits: unknown, ofNumber: () => DATE, ofText: asItIs };

type Token = ReturnType<typeof tokenize>[number];

const DATE_TOKENS: ReadonlySet<string> = new Set([TOKEN_DATETIME, TOKEN_DURATION, TOKEN_AMPM, TOKEN_CALENDAR]);
const DIGIT_TOKENS: ReadonlySet<string> = new Set([TOKEN_ZERO, TOKEN_HASH, TOKEN_GENERAL]);
/** Digits as they are if there is nothing to separate or to fill up. */
const SEPARATING_TOKENS: ReadonlySet<string> = new Set([TOKEN_GROUP, TOKEN_QMARK, TOKEN_SKIP]);
const FIXED_TOKENS: ReadonlySet<string> = new Set([
  TOKEN_ESCAPED,
  TOKEN_STRING,
  TOKEN_CHAR,
  TOKEN_CURRENCY,
  TOKEN_MINUS,
  TOKEN_PLUS,
  TOKEN_PAREN,
  TOKEN_SPACE,
]);
/** A locale without other digits than the ordinary ones: `[$-804]`, `[$SR-409]`, `[$-en-US]`. */
const PLAIN_LOCALE = /^[^-]*(-([0-9a-f]{1,4}|[a-z]{2,3}(-[a-z]{2,4})?))?$/iu;
/** The date or time of the computer's settings. */
const SYSTEM_DATE = /^-(x-sys|F[48]00)/iu;
/** General shows numbers with more digits in a shorter form. */
const LONGEST_GENERAL = 1e11;

/**
 * Returns the format of a built-in number, for which the file has no format code. Source: ECMA-376, part 1, 18.8.30.
 */
export function builtInFormat(id: number): NumberFormat {
  const isDate = (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
  // Only Thai spreadsheets have dates here.
  if (isDate || (id >= 71 && id <= 81)) return DATE_FORMAT;
  return id > 0 && id <= 70 ? parseNumberFormat(getFormatFromId(id)) : GENERAL;
}

interface Section {
  /** `digits`: exact for numbers of which it shows only the digits. */
  kind: "date" | "text" | "exact" | "digits" | "other";
  /** Its code without blanks at its ends. */
  code: string;
  /** Its conditions, then a letter: shows which section the formatter takes for a value. */
  marker: string;
}

const SECTION_LETTERS = "abcd";

/** Parses a format code. A code that no spreadsheet can read shows every number in an unknown form. */
export function parseNumberFormat(code: string): NumberFormat {
  // The name of General in Chinese spreadsheets.
  const written = code.replaceAll("G/通用格式", "General");
  if (/^(general|@)?$/iu.test(written.trim())) return GENERAL;
  if (!isValidFormat(written)) return UNREADABLE;
  const sections = sectionsOf(tokenize(written)).map(parseSection);
  const whole = sections.map((section) => section.code).join(";");
  const markers = sections.map((section) => section.marker).join(";");
  const hasConditions = sections.some(({ marker }) => marker.startsWith("["));
  const [first] = sections;
  const isOne = sections.length === 1 && !hasConditions;

  function sectionOf(value: number): Section | undefined {
    return isOne ? first : sections[SECTION_LETTERS.indexOf(/[a-d]/u.exec(shown(markers, value))?.[0] ?? "?")];
  }

  const isSame = first?.kind === "exact" && !hasConditions;
  return {
    ofDigits: isSame ? createTemplates((value) => shown(whole, value).trim()) : unknown,
    ofNumber(value) {
      // A format for texts alone shows numbers as General does.
      if (isOne && first?.kind === "text") return PLAIN;
      const section = sectionOf(value);
      if (section?.kind === "date") return DATE;
      const text = shown(whole, value).trim();
      // Programs disagree about the sign of a negative number whose section has a condition.
      const isKnown = section !== undefined && section.kind !== "other" && !(value < 0 && hasConditions);
      const isWhole = section?.kind === "exact" ? hasDigits(text, value) : text === String(value);
      const isShort = !/general/iu.test(section?.code ?? "") || Math.abs(value) < LONGEST_GENERAL;
      return { kind: isKnown && isWhole && isShort ? "exact" : "other", text };
    },
    ofText(value) {
      const isShownAsItIs = sections.length < 4 && !sections.some(({ kind }) => kind === "text");
      return isShownAsItIs ? value : shown(whole, value);
    },
  };
}

function shown(code: string, value: number | string): string {
  try {
    return format(code, value);
  } catch {
    return "";
  }
}

/** Makes a function that formats one number of each length and puts the digits of others in their places. */
function createTemplates(textOf: (value: number) => string): (digits: string) => string | undefined {
  const templates = new Map<number, readonly string[] | undefined>();
  return (digits) => {
    const { length } = digits;
    if (!templates.has(length)) {
      templates.set(length, templateOf(textOf(Number("1".repeat(length))), textOf(Number("2".repeat(length))), length));
    }
    const template = templates.get(length);
    if (template === undefined) return undefined;
    let text = template[0] ?? "";
    for (let at = 0; at < length; at++) text += (digits[at] ?? "") + (template[at + 1] ?? "");
    return text;
  };
}

/** Returns the texts around the digits, which are where two texts differ; undefined if not each digit has a place. */
function templateOf(ones: string, twos: string, length: number): string[] | undefined {
  if (ones.length !== twos.length) return undefined;
  const template = [""];
  for (let at = 0; at < ones.length; at++) {
    if (ones[at] === "1" && twos[at] === "2") template.push("");
    else template.push(`${template.pop() ?? ""}${ones[at] ?? ""}`);
  }
  return template.length === length + 1 ? template : undefined;
}

/** Returns whether a text has all digits of a number, in their order. */
function hasDigits(text: string, value: number): boolean {
  let at = 0;
  for (const digit of String(Math.abs(value))) {
    at = text.indexOf(digit, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Separates the codes for positive numbers, negative numbers, zero and text. */
function sectionsOf(tokens: readonly Token[]): Token[][] {
  const sections: Token[][] = [[]];
  for (const token of tokens) {
    if (token.type === TOKEN_BREAK) sections.push([]);
    else sections.at(-1)?.push(token);
  }
  return sections;
}

function parseSection(tokens: readonly Token[], index: number): Section {
  const own = withoutOuterBlanks(tokens);
  const conditions = tokens.filter(({ type }) => type === TOKEN_CONDITION).map(({ raw }) => raw);
  const kind = kindOf(own);
  const letter = SECTION_LETTERS[index] ?? "";
  return {
    kind,
    code: own.map(({ raw }) => raw).join(""),
    marker: kind === "text" ? "@" : `${conditions.join("")}"${letter}"`,
  };
}

function kindOf(tokens: readonly Token[]): Section["kind"] {
  const isDate = tokens.some(
    ({ type, value }) => DATE_TOKENS.has(type) || (type === TOKEN_LOCALE && SYSTEM_DATE.test(value)),
  );
  if (isDate) return "date";
  if (tokens.some(({ type }) => type === TOKEN_TEXT)) return "text";
  const isKnown = (token: Token) =>
    DIGIT_TOKENS.has(token.type) || FIXED_TOKENS.has(token.type) || (isSilent(token) && hasPlainDigits(token));
  if (!tokens.some(({ type }) => DIGIT_TOKENS.has(type))) return "other";
  if (tokens.every(isKnown)) return "exact";
  return tokens.every((token) => isKnown(token) || SEPARATING_TOKENS.has(token.type)) ? "digits" : "other";
}

/** Returns whether a token shows nothing. A locale may show a currency. */
function isSilent({ type }: Token): boolean {
  return type === TOKEN_CONDITION || type === TOKEN_COLOR || type === TOKEN_LOCALE;
}

function hasPlainDigits({ type, value }: Token): boolean {
  return type !== TOKEN_LOCALE || PLAIN_LOCALE.test(value);
}

/**
 * Leaves out the blanks at both ends of a section: spaces, the width of a character (`_)`), and spaces that fill the
 * column (`* `). Within a section they stay, as they make the text of an id uncertain.
 */
function withoutOuterBlanks(tokens: readonly Token[]): Token[] {
  const isBlank = ({ type, value }: Token) =>
    type === TOKEN_SPACE || type === TOKEN_SKIP || (type === TOKEN_FILL && value === " ");
  const speaks = (token: Token) =>
    !isBlank(token) && (!isSilent(token) || (token.type === TOKEN_LOCALE && !token.value.startsWith("-")));
  const first = tokens.findIndex(speaks);
  const last = tokens.findLastIndex(speaks);
  return tokens.filter((token, index) => !isBlank(token) || (index > first && index < last));
}
