import type { Environment } from "@caselink/worker/config";
import { UserError } from "../errors.ts";

/** The languages of the texts for people. */
export type Language = "en" | "zh-CN";

/** The variables of a POSIX locale, the strongest first. */
const LOCALE_VARIABLES = ["LC_ALL", "LC_MESSAGES", "LANG"] as const;

/** The values of CASELINK_LANG, normalized. */
const NAMES: ReadonlyMap<string, Language> = new Map([
  ["en", "en"],
  ["zh", "zh-CN"],
  ["zh-cn", "zh-CN"],
]);

/**
 * Returns the language that CASELINK_LANG names, or else that of the locale: Chinese for `zh`, but not for the traditional
 * script, which the texts do not have.
 *
 * @throws {UserError} if CASELINK_LANG names another language
 */
export function chooseLanguage(env: Environment): Language {
  const named = env["CASELINK_LANG"];
  if (named) {
    const language = NAMES.get(normalized(named));
    if (language) return language;
    throw new UserError(
      `CASELINK_LANG is ${JSON.stringify(named)}.\n  Set it to en or zh, or unset it to use the locale.`,
    );
  }
  const locale = LOCALE_VARIABLES.map((name) => env[name]).find(Boolean) ?? systemLocale();
  return /^zh(?!-(tw|hk|mo|hant))/.test(normalized(locale)) ? "zh-CN" : "en";
}

/** `zh_CN.UTF-8` becomes `zh-cn`. */
const normalized = (name: string): string =>
  name
    .replace(/[.@].*/, "")
    .replaceAll("_", "-")
    .toLowerCase();

/** Windows and macOS set no variables. Elsewhere a locale that is not set is English. */
const systemLocale = (): string =>
  ["win32", "darwin"].includes(process.platform) ? Intl.DateTimeFormat().resolvedOptions().locale : "";
