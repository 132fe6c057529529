import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { chooseLanguage } from "./choose-language.ts";

test.for([
  { env: { CASELINK_LANG: "zh" }, language: "zh-CN" },
  { env: { CASELINK_LANG: "zh_CN.UTF-8" }, language: "zh-CN" },
  { env: { CASELINK_LANG: "ZH-cn" }, language: "zh-CN" },
  { env: { CASELINK_LANG: "en", LC_ALL: "zh_CN.UTF-8" }, language: "en" },
  { env: { CASELINK_LANG: "", LC_ALL: "zh_CN.UTF-8" }, language: "zh-CN" },
  { env: { LC_ALL: "zh_CN.UTF-8", LANG: "en_US.UTF-8" }, language: "zh-CN" },
  { env: { LC_ALL: "en_US.UTF-8", LC_MESSAGES: "zh_CN.UTF-8", LANG: "zh_CN.UTF-8" }, language: "en" },
  { env: { LC_ALL: "", LC_MESSAGES: "zh_CN.UTF-8", LANG: "en_US.UTF-8" }, language: "zh-CN" },
  { env: { LANG: "zh_CN.GB18030" }, language: "zh-CN" },
  { env: { LANG: "zh_SG@pinyin" }, language: "zh-CN" },
  { env: { LANG: "zh" }, language: "zh-CN" },
  { env: { LANG: "de_CH.UTF-8" }, language: "en" },
  { env: { LANG: "C" }, language: "en" },
  { env: { LANG: "C.UTF-8" }, language: "en" },
  { env: { LANG: "POSIX" }, language: "en" },
])("$env is $language", ({ env, language }) => {
  expect(chooseLanguage(env)).toBe(language);
});

test.for(["zh_TW.UTF-8", "zh_HK", "zh_MO.UTF-8", "zh_Hant_TW"])(
  "the traditional script, which the texts do not have, is English: %s",
  (LANG) => {
    expect(chooseLanguage({ LANG })).toBe("en");
  },
);

test.for(["fr", "zh_TW", "constructor"])("CASELINK_LANG can be nothing but a known language: %s", (CASELINK_LANG) => {
  expect(() => chooseLanguage({ CASELINK_LANG, LANG: "zh_CN.UTF-8" })).toThrow(UserError);
  expect(() => chooseLanguage({ CASELINK_LANG })).toThrow(
    `CASELINK_LANG is "${CASELINK_LANG}".\n  Set it to en or zh, or unset it to use the locale.`,
  );
});
