import { count, counted as countedInEnglish, english, templateKey, type TextTag } from "@caselink/common";
import type { i18n } from "i18next";
import type { ReportLanguage } from "@caselink/ledger";
import type { Environment } from "@caselink/worker/config";
import { chooseLanguage, type Language } from "./choose-language.ts";
import { TextTranslator } from "./text-translator.ts";

export { english } from "@caselink/common";

/** The catalogue in use; undefined: the texts of the source, which are English. */
let catalogue: { library: i18n; translator: TextTranslator } | undefined;
let current: Language = "en";

/** The language of the texts for people. */
export const language = (): Language => current;

/**
 * Reads the language from the environment and loads its catalogue, for the whole process. Without this call texts are English.
 *
 * @throws {UserError} if CASELINK_LANG names an unknown language
 */
export async function useLanguage(env: Environment): Promise<void> {
  current = chooseLanguage(env);
  if (current === "en") return void (catalogue = undefined);
  // Loaded late: English needs neither.
  const [{ createInstance }, { texts }] = await Promise.all([import("i18next"), import("./zh-CN/texts.ts")]);
  const library = createInstance();
  await library.init({
    lng: current,
    resources: { [current]: { translation: texts } },
    // Keys are sentences.
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false, skipOnVariables: true },
  });
  catalogue = { library, translator: new TextTranslator(Object.keys(texts), translatedKey) };
}

/** A text with values: t`Batch ${id} is safe.` has the key `Batch {{0}} is safe.` in the catalogues. */
export const t: TextTag = (parts, ...values) =>
  catalogue ? translatedKey(templateKey(parts), values.map(String)) : english(parts, ...values);

/**
 * Translates a text that was made elsewhere: a constant, or what the ledger, a worker or the API's client says, with its
 * values. A text that no catalogue has stays as it is.
 */
export function translated(text: string): string {
  return catalogue ? catalogue.translator.translate(text) : text;
}

/** The language of an HTML report; undefined: English. */
export const reportLanguage = (): ReportLanguage | undefined => catalogue && { tag: current, translate: translated };

/** `1 ticket`, `2 tickets`. In the catalogues the key is `{{0}} tickets`. */
export function counted(value: number, noun: string): string {
  return catalogue ? translatedKey(`{{0}} ${noun}s`, [count(value)]) : countedInEnglish(value, noun);
}

function translatedKey(key: string, values: readonly string[]): string {
  if (!catalogue) return key;
  return catalogue.library.t(key, Object.fromEntries(values.map((value, at) => [at, value])));
}
