import { count, counted as countedInEnglish, duration, english, templateKey } from "@caselink/common";
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

const ENGLISH: PageWords = {
  tag: "en",
  t: english,
  phrase: html,
  translated: (text) => text,
  counted: countedInEnglish,
  duration: (milliseconds) => duration(milliseconds),
  dictionary: () => undefined,
};

export function wordsOf(language: ReportLanguage | undefined): PageWords {
  if (!language) return ENGLISH;
  const { tag, translate } = language;
  const t: PageWords["t"] = (parts, ...values) =>
    piecesOf(translate(templateKey(parts)))
      .map((piece) => (typeof piece === "string" ? piece : String(values[piece.at])))
      .join("");
  return {
    tag,
    t,
    phrase: (parts, ...values) =>
      new Html(
        piecesOf(translate(templateKey(parts).replaceAll(/\s+/g, " ").trim()))
          .map((piece) => html`${typeof piece === "string" ? piece : (values[piece.at] ?? "")}`.text)
          .join(""),
      ),
    translated: withinLimits(translate),
    counted: (value, noun) => translate(`{{0}} ${noun}s`).replace("{{0}}", () => count(value)),
    duration: (milliseconds) => duration(milliseconds, t),
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

const piecesOf = (template: string): (string | { at: number })[] =>
  template.split(/\{\{(\d+)\}\}/).map((piece, index) => (index % 2 === 0 ? piece : { at: Number(piece) }));
