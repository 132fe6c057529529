import { LONGEST, type CheckedField } from "../limits.ts";

/** What a value can be refused for. */
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

/** Whole names and what sheets shorten them to: `NOVA-20` and `DECK-12` are ids. */
const MONTH =
  "(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(t(ember)?)?|oct(ober)?|nov(ember)?|dec(ember)?)";
const DAY = "(0?[1-9]|[12]\\d|3[01])";
const YEAR = "(\\d{2}|(19|20)\\d{2})";
const TIME = "([ T]\\d{1,2}:\\d{2}.*)?";
const WORDS = { truth: "true|false", nothing: "null|nan|n/a" };

/** In the order in which they are looked for; the first that holds is told. */
const SHAPES: Rule[] = [
  { when: matches("\\p{Cc}"), reason: constant("contains a control character"), advice: "remove it" },
  {
    // Zero width, soft hyphen, byte order mark, marks of the writing direction.
    when: matches("\\p{Cf}"),
    reason: constant("contains an invisible character"),
    advice: "remove it, or type the id again",
  },
  {
    when: matches("[\\x{00a0}\\x{1680}\\x{2000}-\\x{200a}\\x{202f}\\x{205f}\\x{3000}]"),
    reason: constant("contains a blank that is no ordinary one (non-breaking or full-width)"),
    advice: "remove it, or type the id again",
  },
  {
    when: matches("\\x{fffd}"),
    reason: constant("contains a character that an earlier conversion lost"),
    advice: "export again as UTF-8 from where the id is whole",
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
    advice: "mend the formula, or enter the id itself",
  },
  {
    when: matches("^#+$"),
    reason: constant("is what a spreadsheet shows where a column is too narrow"),
    advice: "widen the column and export again",
  },
  {
    // With a sign or a decimal mark, so that an id such as 12E4 stays one.
    when: matches("^[+-]?\\d+([.,]\\d+[eE][+-]?|[eE]\\+)\\d+$"),
    reason: constant("looks like a number a spreadsheet shortened"),
    advice: AS_TEXT,
  },
  {
    when: matches(
      `(?i)^(\\d{4}([-/.])\\d{1,2}[-/.]\\d{1,2}${TIME}|\\d{1,2}([-/.])\\d{1,2}[-/.]\\d{4}${TIME}|\\d{1,2}/\\d{1,2}/\\d{2}${TIME}|${DAY}[- ]${MONTH}([- ]${YEAR})?|${MONTH}[- ]${YEAR}|(\\d{4}年)?\\d{1,2}月(\\d{1,2}日)?.*)$`,
    ),
    reason: constant("looks like a date a spreadsheet made of it"),
    advice: "format the column as text and enter the id again",
  },
  {
    when: matches("(?i)^\\d{1,2}:\\d{2}(:\\d{2}([.,]\\d+)?)?( ?[ap]m)?$"),
    reason: constant("looks like a time a spreadsheet made of it"),
    advice: "format the column as text and enter the id again",
  },
  {
    when: matches(`(?i)^(${WORDS.truth})$`),
    reason: constant("is a truth value, not an id"),
    advice: "format the column as text and enter the id again",
  },
  {
    when: matches(`(?i)^(${WORDS.nothing})$`),
    reason: constant("says that there is no value"),
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
    reason: constant("looks like a number with separators between its thousands"),
    advice: AS_TEXT,
  },
  {
    when: matches("^=|^''"),
    reason: constant("begins as a formula or a text mark of a spreadsheet does"),
    advice: "write the id alone",
  },
];

function tooLong(longest: number): Rule {
  return {
    when: (value) => `length(${value}) > ${longest}`,
    reason: (value) => `length(${value}) || ' characters; at most ${longest} are possible'`,
    advice: "correct the value",
  };
}

/** Whether a value is refused by its look alone, as a DuckDB condition. `field` and `value` are expressions. */
export function invalidSql(field: string, value: string, hasGroupId: boolean): string {
  const lengths = Object.entries(LONGEST).map(([name, longest]) => `WHEN '${name}' THEN ${longest}`);
  return `(${[
    `${value} = ''${hasGroupId ? ` AND ${field} <> 'group_id'` : ""}`,
    `length(${value}) > CASE ${field} ${lengths.join(" ")} END`,
    ...SHAPES.map((rule) => rule.when(value)),
  ].join(" OR ")})`;
}

/** The rules for a field, in the order in which they are looked for, and a cheap condition that every breach fulfils. */
export function rulesFor(field: CheckedField, hasGroupId: boolean): { rules: Rule[]; suspect: string } {
  const missing = field !== "group_id" ? [MISSING] : hasGroupId ? [] : [MISSING_GROUP];
  const longest = LONGEST[field];
  return {
    rules: [...missing, ...SHAPES, tooLong(longest)],
    // Nearly all ids are of letters and digits, of which the rules about shapes refuse but a few words; hyphens matter in numbers and dates.
    suspect: `(${field} = '' OR length(${field}) > ${longest} OR regexp_matches(${field}, '[^A-Za-z0-9_-]|^[0-9]+-|(?i:^(${MONTH}-|(${WORDS.truth}|${WORDS.nothing})$))'))`,
  };
}
