import { count, counted as countedInEnglish, duration as durationInEnglish } from "@caselink/common";
import { html, Html } from "./html-text.ts";

/** The language of an HTML report. */
export interface ReportLanguage {
  /** The tag of the language (BCP 47), such as `zh-CN`. */
  tag: string;
  /**
   * Translates a text of the page from English, or returns it unchanged. For a text with values it gets and returns a
   * template, in which the values have numbers: `{{0}} of {{1}} rows`. It also gets the reasons that the batch has stored.
   */
  translate: (text: string) => string;
}

/** The texts of a page in its language. The keys of the translations are the English texts. */
export interface PageWords {
  tag: string;
  /** A text with values: t`Up to ${rate} rows` has the key `Up to {{0}} rows`. */
  t: (parts: TemplateStringsArray, ...values: readonly (string | number)[]) => string;
  /** As `t`, with values that can be HTML. In the key, line breaks and indentation are single blanks. */
  phrase: (parts: TemplateStringsArray, ...values: readonly (string | number | Html)[]) => Html;
  /** A text that was made elsewhere. Long texts, and those after the first 2,000, stay English. */
  translated: (text: string) => string;
  /** `1 row`, `2 rows`. The key is `{{0}} rows`. */
  counted: (value: number, noun: string) => string;
  /** `48 s`, `1 min 35 s`, `2 h 5 min`. */
  duration: (milliseconds: number) => string;
  /** The translations of a list of texts, by the English ones; undefined for an English page. */
  dictionary: (texts: readonly string[]) => Record<string, string> | undefined;
}

const english: PageWords = {
  tag: "en",
  t: (parts, ...values) => String.raw({ raw: parts }, ...values),
  phrase: html,
  translated: (text) => text,
  counted: countedInEnglish,
  duration: durationInEnglish,
  dictionary: () => undefined,
};

export function wordsOf(language: ReportLanguage | undefined): PageWords {
  if (!language) return english;
  const { tag, translate } = language;
  const t: PageWords["t"] = (parts, ...values) =>
    piecesOf(translate(keyOf(parts)))
      .map((piece) => (typeof piece === "string" ? piece : String(values[piece.at])))
      .join("");
  return {
    tag,
    t,
    phrase: (parts, ...values) =>
      new Html(
        piecesOf(translate(keyOf(parts).replaceAll(/\s+/g, " ").trim()))
          .map((piece) => html`${typeof piece === "string" ? piece : (values[piece.at] ?? "")}`.text)
          .join(""),
      ),
    translated: withinLimits(translate),
    counted: (value, noun) => translate(`{{0}} ${noun}s`).replace("{{0}}", () => count(value)),
    duration: (milliseconds) => translatedDuration(milliseconds, t),
    dictionary: (texts) => Object.fromEntries(texts.map((text) => [text, translate(text)])),
  };
}

/** Reasons that name values of their row can be as many as the rows, and those of the API can be of any length. */
const MOST_TEXTS = 2_000;
const LONGEST_TEXT = 500;

function withinLimits(translate: ReportLanguage["translate"]): ReportLanguage["translate"] {
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined || known.size >= MOST_TEXTS || text.length > LONGEST_TEXT) return found ?? text;
    const translation = translate(text);
    known.set(text, translation);
    return translation;
  };
}

/** A template's values are numbered from 0. */
const keyOf = (parts: readonly string[]): string => parts.reduce((key, part, at) => `${key}{{${at - 1}}}${part}`);

const piecesOf = (template: string): (string | { at: number })[] =>
  template.split(/\{\{(\d+)\}\}/).map((piece, index) => (index % 2 === 0 ? piece : { at: Number(piece) }));

function translatedDuration(milliseconds: number, t: PageWords["t"]): string {
  const text = durationInEnglish(milliseconds);
  if (!/^\d/.test(text)) return t`less than a second`;
  const units: Readonly<Record<string, string>> = { s: t`s`, min: t`min`, h: t`h`, d: t`d` };
  return text.replaceAll(/[a-z]+/g, (unit) => units[unit] ?? unit);
}
