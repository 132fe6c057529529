import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createArraySplitter } from "./json-array-splitter.ts";

function split(pieces: readonly string[]) {
  const splitter = createArraySplitter();
  const elements = pieces.flatMap((piece) => splitter.push(piece));
  splitter.end();
  return elements;
}

test("every array falls into its elements, wherever the pieces are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.boolean(), fc.array(fc.nat(200)), (values, isIndented, cuts) => {
      const text = JSON.stringify(values, undefined, isIndented ? 2 : undefined);
      const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
      const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
      expect(split(pieces).map((element): unknown => JSON.parse(element.text))).toEqual(JSON.parse(text)); // -0 is written 0
    }),
  );
});

test("an element's line is the one it begins on", () => {
  expect(split(['[\n\n {"a":\n1}, 2\n,\n"x\\"]"\n]\n']).map(({ line }) => line)).toEqual([3, 4, 6]);
});

test.each([
  ["[1,]", "has a comma before the end of the array", 1],
  ["[\n1\n2]", "lacks a comma between two elements", 3],
  ["[1]\n[2]", "continues after the end of the array", 2],
  ['{"a":1}', "does not begin with [", 1],
  ["[,1]", "has a comma without an element before it", 1],
  ["[1,\n2", "ends before the array ends", 2],
])("%j is refused with its line", (text, message, line) => {
  expect(() => split([text])).toThrow(expect.objectContaining({ message, line }));
});
