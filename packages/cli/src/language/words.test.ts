import { afterEach, expect, test } from "vitest";
import { wrapped } from "../screen/format.ts";
import { counted, language, t, translated, useLanguage } from "./words.ts";

// Other test files run in the same process.
const useEnglish = (): Promise<void> => useLanguage({ CASELINK_LANG: "en" });
const useChinese = (): Promise<void> => useLanguage({ CASELINK_LANG: "zh" });
afterEach(useEnglish);

const UNKNOWN_OPTION = "unknown option '--wach'";

test("in English, texts are those of the source", async () => {
  await useEnglish();
  expect(language()).toBe("en");
  expect(t`default: ${"24h"}`).toBe("default: 24h");
  expect(translated(UNKNOWN_OPTION)).toBe(UNKNOWN_OPTION);
  expect([counted(1, "row"), counted(1200, "row")]).toEqual(["1 row", "1,200 rows"]);
});

test("in Chinese, a text with values is that of the catalogue", async () => {
  await useChinese();
  expect(language()).toBe("zh-CN");
  expect(t`default: ${"24h"}`).toBe("默认：24h");
  expect([counted(1, "row"), counted(1200, "row")]).toEqual(["1 行", "1,200 行"]);
});

test("values stay as they are, whatever the library of the catalogue would make of them", async () => {
  await useChinese();
  for (const value of ["<b>&", "{{1}}", "{{0}}", "$t(default: {{0}})", "$1", ""])
    expect(t`${value}: ${"x"}`).toBe(`${value}：x`);
});

test("a text that was made elsewhere is found by its template, and its values are translated", async () => {
  await useChinese();
  expect(translated("print the version")).toBe("显示版本");
  expect(translated(UNKNOWN_OPTION)).toBe("未知的选项“--wach”");
  expect(translated("option '--port <port>' argument 'x' is invalid. expected a whole number")).toBe(
    "选项“--port <port>”的值“x”无效：应为整数",
  );
  // A name can be a text of the catalogue, too.
  expect(translated("unknown command 'print the version'\n(Did you mean once?)")).toBe(
    "未知的命令“print the version”\n（您是不是想输入 once？）",
  );
});

test("a text of several lines is translated line by line, with its indentation", async () => {
  await useChinese();
  expect(translated(`${UNKNOWN_OPTION}\n  (Did you mean --watch?)\n\n--- as it is`)).toBe(
    "未知的选项“--wach”\n  （您是不是想输入 --watch？）\n\n--- as it is",
  );
});

test("a text that no catalogue has stays as it is", async () => {
  await useChinese();
  expect(translated("ECONNRESET at 10.0.0.1")).toBe("ECONNRESET at 10.0.0.1");
  expect(translated("inputs, outcomes, files")).toBe("inputs, outcomes, files");
});

test("an unknown language is an error and changes nothing", async () => {
  await useChinese();
  await expect(useLanguage({ CASELINK_LANG: "fr" })).rejects.toThrow("CASELINK_LANG is");
  expect(translated("print the version")).toBe("显示版本");
});

test("Chinese is broken between its characters, but not before a mark, after an opening one, or in a word", async () => {
  await useChinese();
  expect(wrapped("读取工单，预测每一行", 8)).toEqual(["读取工", "单，预测", "每一行"]);
  expect(wrapped("默认（见下）", 6)).toEqual(["默认", "（见", "下）"]);
  expect(wrapped("运行 caselink attach 继续", 10)).toEqual(["运行", "caselink", "attach 继", "续"]);
  expect(wrapped("地址：AWS_ENDPOINT_URL，否则", 8)).toEqual(["地址：", "AWS_ENDPOINT_URL，", "否则"]);
  await useEnglish();
  expect(wrapped("读取工单，预测每一行", 8)).toEqual(["读取工单，预测每一行"]);
});
