import type { PageText } from "./page-texts.ts";

let translations: Readonly<Record<string, string>> = {};

/** The translations of the page's texts. Without this call they are English. */
export function useTranslations(texts: Readonly<Record<string, string>>): void {
  translations = texts;
}

/** A text in the language of the page, with its values. */
export function say(text: PageText, ...values: readonly (string | number)[]): string {
  return inLanguage(text).replaceAll(/\{\{(\d+)\}\}/g, (_, at) => String(values[Number(at)]));
}

/** Returns the two parts of a text around its only value. */
export function around(text: PageText): [before: string, after: string] {
  const [before = "", after = ""] = inLanguage(text).split("{{0}}");
  return [before, after];
}

const inLanguage = (text: PageText): string => translations[text] ?? text;
