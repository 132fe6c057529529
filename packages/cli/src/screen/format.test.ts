import { expect, test } from "vitest";
import { widthOf, table, wrapped } from "./format.ts";

test("a text takes the columns that a terminal gives it", () => {
  expect(["plan", "工单.csv", "é", "e\u0301", "ｈ", "😀"].map(widthOf)).toEqual([4, 8, 1, 1, 2, 2]);
});

test("the columns of a table with Chinese texts begin below each other", () => {
  const lines = table([
    ["工单", "a"],
    ["case", "b"],
    ["关联工单", "c"],
  ]);
  expect(lines.map((line) => widthOf(line.slice(0, -1)))).toEqual([11, 11, 11]);
});

test("a text is broken where its columns end", () => {
  expect(wrapped("工单 工单 工单", 9)).toEqual(["工单 工单", "工单"]);
});
