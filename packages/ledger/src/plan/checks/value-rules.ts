import { LONGEST, type CheckedField } from "../limits.ts";

/** A reason for which a value is invalid. */
export interface Rule {
  /** A DuckDB condition over the value. */
  when: (value: string) => string;
  /** A DuckDB expression. */
  reason: (value: string) => string;
  advice: string;
}

const AS_TEXT = "format the column as text and export again";

function matches(pattern: string): Rule["when"] {
  return (value) => `regexp_matches(${value}, '${pattern}')`;
}

function constant(reason: string): Rule["reason"] {
  return () => `'${reason}'`;
}

const MISSING: Rule = {
  when: (value) => `${value} = ''`,
  reason: constant("missing"),
  advice: "give the column a value",
};

const MISSING_GROUP: Rule = { ...MISSING, advice: "give the column a value or use --group-id" };

/** Names of months and the short forms of spreadsheets, and nothing longer: `NOVA-20` and `DECK-12` are ids. */
const MONTH =
  "(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(t(ember)?)?|oct(ober)?|nov(ember)?|dec(ember)?)";
const DAY = "(0?[1-9]|[12]\\d|3[01])";
const YEAR = "(\\d{2}|(19|20)\\d{2})";
const TIME = "([ T]\\d{1,2}:\\d{2}.*)?";
const WORDS = {
  truth: "true|false",
  nothing: "null|nan|n/a",
  total: "(grand |sub-?)?totals?|(合|总|總|小|共)[计計]",
};

/** In the order of the checks: a value is reported with the first rule that it breaks. */
const SHAPES: Rule[] = [
  { when: matches("\\p{Cc}"), reason: constant("contains a control character"), advice: "remove it" },
  {
    // Zero-width characters, soft hyphen, byte order mark, marks of the writing direction.
    when: matches("\\p{Cf}"),
    reason: constant("contains an invisible character"),
    advice: "remove it, or type the id again",
  },
  {
    when: matches("[\\x{00a0}\\x{1680}\\x{2000}-\\x{200a}\\x{202f}\\x{205f}\\x{3000}]"),
    reason: constant("contains a non-breaking or full-width space"),
    advice: "remove it, or type the id again",
  },
  {
    when: matches("\\x{fffd}"),
    reason: constant("contains U+FFFD: an earlier conversion lost a character"),
    advice: "export the original again as UTF-8",
  },
  {
    when: matches("[\\x{ff10}-\\x{ff19}\\x{ff21}-\\x{ff3a}\\x{ff41}-\\x{ff5a}]"),
    reason: constant("contains full-width letters or digits"),
    advice: "write them with the keyboard set to half-width",
  },
  {
    when: matches(
      "(?i)^#(n/a|ref!|name\\?|value!|div/0!|num!|null!|spill!|calc!|field!|blocked!|connect!|unknown!|busy!|python!|external!|getting_data)$",
    ),
    reason: constant("is an error of a spreadsheet, not an id"),
    advice: "fix the formula, or enter the id itself",
  },
  {
    when: matches("^#+$"),
    reason: constant("is what a spreadsheet shows when a column is too narrow"),
    advice: "widen the column and export again",
  },
  {
    // Only with a sign or a decimal mark: 12E4 is an id.
    when: matches("^[+-]?\\d+([.,]\\d+[eE][+-]?|[eE]\\+)\\d+$"),
    reason: constant("looks like a number that a spreadsheet shortened"),
    advice: AS_TEXT,
  },
  {
    when: matches(
      `(?i)^(\\d{4}([-/.])\\d{1,2}[-/.]\\d{1,2}${TIME}|\\d{1,2}([-/.])\\d{1,2}[-/.]\\d{4}${TIME}|\\d{1,2}/\\d{1,2}/\\d{2}${TIME}|${DAY}[- ]${MONTH}([- ]${YEAR})?|${MONTH}[- ]${YEAR}|(\\d{4}年)?\\d{1,2}月(\\d{1,2}日)?.*)$`,
    ),
    reason: constant("looks like a date that a spreadsheet made of the id"),
    advice: "format the column as text and enter the id again",
  },
  {
    when: matches("(?i)^\\d{1,2}:\\d{2}(:\\d{2}([.,]\\d+)?)?( ?[ap]m)?$"),
    reason: constant("looks like a time that a spreadsheet made of the id"),
    advice: "format the column as text and enter the id again",
  },
  {
    when: matches(`(?i)^(${WORDS.truth})$`),
    reason: constant("is a truth value, not an id"),
    advice: "format the column as text and enter the id again",
  },
  {
    when: matches(`(?i)^(${WORDS.nothing})$`),
    reason: constant("stands for a missing value"),
    advice: "enter the id, or remove the row",
  },
  {
    // Ids such as 20260114.001 have more digits.
    when: matches("^[+-]?(\\d{0,4}[.,]\\d{1,4}|\\d+[.,]0+)$"),
    reason: constant("looks like a number with decimals, not an id"),
    advice: AS_TEXT,
  },
  {
    when: matches("^\\d{1,3}([,.]\\d{3}){2,}$"),
    reason: constant("looks like a number with thousands separators"),
    advice: AS_TEXT,
  },
  {
    when: matches("^=|^''"),
    reason: constant("begins like a formula or a text mark of a spreadsheet"),
    advice: "write the id alone",
  },
];

/** The last row of many sheets. A group may have such a name. */
const TOTAL: Rule = {
  when: matches(`(?i)^(${WORDS.total})[:：]?$`),
  reason: constant("is the name of a total, not an id"),
  advice: "remove the row",
};

function tooLong(longest: number): Rule {
  return {
    when: (value) => `length(${value}) > ${longest}`,
    reason: (value) => `length(${value}) || ' characters; at most ${longest} are allowed'`,
    advice: "correct the value",
  };
}

/**
 * Returns the DuckDB condition under which a value is invalid by itself. `field` and `value` are DuckDB expressions.
 */
export function invalidSql(field: string, value: string, hasGroupId: boolean): string {
  const lengths = Object.entries(LONGEST).map(([name, longest]) => `WHEN '${name}' THEN ${longest}`);
  return `(${[
    `${value} = ''${hasGroupId ? ` AND ${field} <> 'group_id'` : ""}`,
    `length(${value}) > CASE ${field} ${lengths.join(" ")} END`,
    ...SHAPES.map((rule) => rule.when(value)),
    `(${field} <> 'group_id' AND ${TOTAL.when(value)})`,
  ].join(" OR ")})`;
}

/**
 * Returns the rules for a field in the order of the checks, and a cheap condition that holds for every invalid value.
 */
export function rulesFor(field: CheckedField, hasGroupId: boolean): { rules: Rule[]; suspect: string } {
  const missing = field !== "group_id" ? [MISSING] : hasGroupId ? [] : [MISSING_GROUP];
  const longest = LONGEST[field];
  return {
    rules: [...missing, ...SHAPES, ...(field === "group_id" ? [] : [TOTAL]), tooLong(longest)],
    // Nearly all ids consist of letters and digits. Of these, only a few words are invalid; hyphens matter in numbers
    // and dates.
    suspect: `(${field} = '' OR length(${field}) > ${longest} OR regexp_matches(${field}, '[^A-Za-z0-9_-]|^[0-9]+-|(?i:^(${MONTH}-|(${WORDS.truth}|${WORDS.nothing}|${WORDS.total})$))'))`,
  };
}
