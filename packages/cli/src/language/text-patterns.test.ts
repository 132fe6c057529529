import { expect, test } from "vitest";
import { isName, TextPatterns } from "./text-patterns.ts";

const find = (text: string, ...keys: string[]) => new TextPatterns(keys).find(text);

test("a text is found by its template, with its values in their order", () => {
  const key = "Batch {{0}} waits for {{1}}.";
  expect(find("Batch b-1 waits for the API.", "No batch is known.", key)).toEqual({ key, values: ["b-1", "the API"] });
  expect(find("Batch b-1 waits.", key)).toBeUndefined();
  expect(find("The Batch b-1 waits for the API.", key)).toBeUndefined();
});

test("values can have several lines, or be empty", () => {
  const key = "{{0}} cannot be read: {{1}}.";
  expect(find("a\nb cannot be read: .", key)).toEqual({ key, values: ["a\nb", ""] });
});

test("of several templates, the one with the most letters is found", () => {
  const [short, long] = ["{{0}} cannot be read.", "{{0}} of {{1}} cannot be read."];
  expect(find("a of b cannot be read.", short, long)).toEqual({ key: long, values: ["a", "b"] });
  expect(find("a cannot be read.", short, long)).toEqual({ key: short, values: ["a"] });
});

test("characters with a meaning in a regular expression are characters of the text", () => {
  const key = "(what is {{0}}? [a|b] *)";
  expect(find("(what is it? [a|b] *)", key)).toEqual({ key, values: ["it"] });
  expect(find("what is it", key)).toBeUndefined();
});

test("a template with few letters is not looked for, and a text without values is none", () => {
  expect(find("a: b", "{{0}}: {{1}}")).toBeUndefined();
  expect(find("No batch is known.", "No batch is known.")).toBeUndefined();
});

test("a counted noun is found after a number only, in its singular, too", () => {
  const key = "{{0}} related files";
  expect(find("1,200 related files", key)).toEqual({ key, values: ["1,200"] });
  expect(find("1 related file", key)).toEqual({ key, values: ["1"] });
  expect(find("the related files", key)).toBeUndefined();
});

test("a value in quotation marks, a suggestion and the typed arguments are names", () => {
  const key = `'{{0}}' takes {{1}}, but got {{2}}: {{3}}. Did you mean {{4}}?`;
  expect([0, 1, 2, 3, 4].filter((at) => isName(key, at))).toEqual([0, 3, 4]);
});
