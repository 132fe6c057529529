import { expect, test } from "vitest";
import { TextTranslator } from "./text-translator.ts";

const CATALOGUE: Readonly<Record<string, string>> = {
  missing: "缺少值",
  "is empty: there is nothing to associate": "是空的：没有可关联的内容",
  "has {{0}} fields; the header has {{1}}": "有 {{0}} 个字段；表头有 {{1}} 个",
  "{{0}} characters; at most {{1}} are allowed": "{{0}} 个字符；最多允许 {{1}} 个",
  "Save it as CSV UTF-8.": "请保存为 CSV UTF-8。",
  "{{0}} is not a JSON array: line {{1}} {{2}}. {{3}}": "{{0}} 不是 JSON 数组：第 {{1}} 行{{2}}。{{3}}",
  "ends before the array ends": "在数组结束之前就结束了",
  "Close it. Or write it twice.": "请补上，或写两次。",
  "connection refused": "连接被拒绝",
  "list associations of {{0}} at {{1}}: {{2}}": "读取工单 {{0}} 的关联（{{1}}）：{{2}}",
  "{{0}} has no columns {{1}}. Its columns: {{2}}.": "{{0}} 没有列 {{1}}。它的列：{{2}}。",
  "and {{0}} more": "另有 {{0}} 项",
  "{{0}} related tickets": "{{0}} 张关联工单",
  "Two lines,\nwith one meaning.": "两行，\n一个意思。",
  "{{0}} cannot be written: {{1}}.": "无法写入 {{0}}：{{1}}。",
};

const fill = (key: string, values: readonly string[]): string =>
  (CATALOGUE[key] ?? key).replaceAll(/\{\{(\d+)\}\}/g, (_, at) => values[Number(at)] ?? "");

const translate = (text: string): string => new TextTranslator(Object.keys(CATALOGUE), fill).translate(text);

test.each([
  ["a key", "missing", "缺少值"],
  ["a template", "has 2 fields; the header has 3", "有 2 个字段；表头有 3 个"],
  ["one of a count", "1 related ticket", "1 张关联工单"],
  [
    "a file and a reason",
    "my file.csv is empty: there is nothing to associate",
    "my file.csv 是空的：没有可关联的内容",
  ],
  [
    "a file, a reason and advice",
    "a.csv is empty: there is nothing to associate. Save it as CSV UTF-8.",
    "a.csv 是空的：没有可关联的内容。请保存为 CSV UTF-8。",
  ],
  [
    "reasons of a row",
    "case_id: missing; related_id: 40 characters; at most 32 are allowed; group_id: missing",
    "case_id：缺少值；related_id：40 个字符；最多允许 32 个；group_id：缺少值",
  ],
  [
    "a template with translated values, of which one has two sentences",
    "a.json is not a JSON array: line 3 ends before the array ends. Close it. Or write it twice.",
    "a.json 不是 JSON 数组：第 3 行在数组结束之前就结束了。请补上，或写两次。",
  ],
  [
    "a detail",
    "list associations of T1 at http://[::1]/: connection refused (ECONNREFUSED)",
    "读取工单 T1 的关联（http://[::1]/）：连接被拒绝（ECONNREFUSED）",
  ],
  [
    "lists",
    'a.csv has no columns case_id and related_id. Its columns: "a b", c, and 3 more.',
    'a.csv 没有列 case_id、related_id。它的列："a b"、c、另有 3 项。',
  ],
  [
    "lines",
    "a.csv is empty: there is nothing to associate.\n  b.csv is unknown.\n  missing",
    "a.csv 是空的：没有可关联的内容。\n  b.csv is unknown.\n  缺少值",
  ],
  ["a key of several lines next to others", "missing\nTwo lines,\nwith one meaning.", "缺少值\n两行，\n一个意思。"],
  ["a value of several lines", "a.csv cannot be written: E\n1.", "无法写入 a.csv：E\n1。"],
  ["a sentence next to an unknown one", "What is this? Save it as CSV UTF-8.", "What is this? 请保存为 CSV UTF-8。"],
])("translates %s", (_, text, translation) => {
  expect(translate(text)).toBe(translation);
});

test.each([
  "",
  "\n",
  "unknown",
  "Batch missing has ended",
  "工单 missing 是安全的。",
  "the related tickets are known",
  "https://example.com/a: 404",
])("leaves %j as it is", (text) => {
  expect(translate(text)).toBe(text);
});

test("a single word as a value is a name", () => {
  expect(translate("missing is empty: there is nothing to associate")).toBe("missing 是空的：没有可关联的内容");
  expect(translate("missing cannot be written: missing.")).toBe("无法写入 missing：missing。");
});

test("a quoted text is the user's", () => {
  const text = 'cannot be written: "missing, or is empty: there is nothing to associate".';
  expect(translate(`a.csv ${text}`)).toBe('无法写入 a.csv："missing, or is empty: there is nothing to associate"。');
  expect(translate('a has no columns b. Its columns: "c, d and e", f.')).toContain('它的列："c, d and e"、f。');
});

test("a long text ends, also if each of its sentences may begin a value", () => {
  const keys = Array.from({ length: 1000 }, (_, at) => `{{0}} has ${at} of {{1}}; {{2}} are of {{3}}`);
  const translator = new TextTranslator([...keys, ...Object.keys(CATALOGUE)], fill);
  for (const times of [1, 5, 1000]) {
    expect(translator.translate("it has 7 of many; some are of it. ".repeat(times))).toContain("are of it.");
  }
});
