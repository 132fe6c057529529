import { expect, test } from "vitest";
import { findCatalogueProblems, findRepeated } from "../scripts/check-translations.ts";

const KEY = "Batch {{0}} has {{1}}.";
const places = new Map([[KEY, { key: KEY, file: "packages/cli/src/a.ts", line: 7 }]]);

test("a catalogue with every text and its values has no problem, whatever the order of the values", () => {
  expect(findCatalogueProblems(places, { [KEY]: "{{1}}：批次 {{0}}。" })).toEqual([]);
});

test("a text without a translation is reported with its place", () => {
  expect(findCatalogueProblems(places, {})).toEqual([
    'packages/cli/src/a.ts:7: no translation of "Batch {{0}} has {{1}}."',
  ]);
});

test("a translation of a text that no source has is reported", () => {
  expect(findCatalogueProblems(new Map(), { "no such text": "没有" })).toEqual(['zh-CN: no source has "no such text"']);
});

test.for(["批次 {{0}}。", "批次 {{0}}：{{2}}。", "批次 {{0}}：{{1}}、{{1}}。", " "])(
  "a translation with other values than its text, or without a text, is reported: %s",
  (text) => {
    expect(findCatalogueProblems(places, { [KEY]: text })).toEqual([
      'zh-CN: the translation lacks a value of "Batch {{0}} has {{1}}.", or has another one',
    ]);
  },
);

test("a text that two catalogues have is reported", () => {
  expect(findRepeated({ help: { a: "甲" }, screens: { b: "乙", a: "丙" } })).toEqual([
    'zh-CN/screens.json: help.json also has "a"',
  ]);
});
