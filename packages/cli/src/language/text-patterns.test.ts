import { expect, test } from "vitest";
import { TextPatterns } from "./text-patterns.ts";

test("finds the values of a template", () => {
  const patterns = TextPatterns.of(["Batch {{0}} is safe.", "{{0}} cannot be read: {{1}}"]);
  expect(patterns.find("Batch first is safe.")).toEqual({ key: "Batch {{0}} is safe.", values: ["first"] });
  expect(patterns.find("a.csv cannot be read: EIO")?.values).toEqual(["a.csv", "EIO"]);
  expect(patterns.find("Batch first is not safe")).toBeUndefined();
});

test("takes the key with the most letters", () => {
  const patterns = TextPatterns.of(["{{0}} is {{1}}, not text", "{{0}}, line {{1}}: {{2}}", "{{0}} is {{1}}"]);
  expect(patterns.find("a.csv, line 3: is a list, not text")?.key).toBe("{{0}} is {{1}}, not text");
  expect(patterns.find("a.csv, line 3: no")?.values).toEqual(["a.csv", "3", "no"]);
});

test("a key with few letters matches nothing", () => {
  expect(TextPatterns.of(["{{0}}: {{1}}", "{{0}} is {{1}}"]).find("the API: it is down")).toBeUndefined();
});

test("the value of a count is a number", () => {
  const patterns = TextPatterns.of(["{{0}} related tickets"]);
  expect(patterns.find("1,204 related tickets")?.values).toEqual(["1,204"]);
  expect(patterns.find("there are no related tickets")).toBeUndefined();
});

test.each([
  ["clause", "A failed: one; two", undefined],
  ["clause", "A failed: one. Two", undefined],
  ["clause", "A failed: one.", undefined],
  ["clause", "A failed: one", "one"],
  ["line", "A failed: one; two. Three.", "one; two. Three."],
  ["line", "A failed: one\ntwo", undefined],
  ["any", "A failed: one\ntwo", "one\ntwo"],
] as const)("a value as a %s: %j", (width, text, value) => {
  expect(TextPatterns.of(["A failed: {{0}}"]).find(text, width)?.values[0]).toBe(value);
});

test("characters of a key are no pattern", () => {
  const patterns = TextPatterns.of(["[{{0}}] costs $5 (or more?) {{1}}"]);
  expect(patterns.find("[a] costs $5 (or more?) b")?.values).toEqual(["a", "b"]);
  expect(patterns.find("[a] costs $5 or more b")).toBeUndefined();
});

test("the patterns within a text match its pieces", () => {
  const patterns = TextPatterns.of(["{{0}} is lost", "lines {{0}} to {{1}}"]).within("see lines 1 to 2 of a.csv");
  expect(patterns.find("lines 1 to 2")?.values).toEqual(["1", "2"]);
  expect(patterns.find("it is lost")).toBeUndefined();
});
