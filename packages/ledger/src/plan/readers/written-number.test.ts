import * as fc from "fast-check";
import { expect, test } from "vitest";
import { shapeOf } from "./json-shape.ts";
import { withWrittenNumbers } from "./written-number.ts";

function parsed(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return withWrittenNumbers(value, text, shapeOf(value, 10));
}

/** A number as JSON may have it. */
const number = fc
  .record({
    sign: fc.constantFrom("", "-"),
    whole: fc.oneof(fc.constant("0"), fc.stringMatching(/^[1-9]\d{0,20}$/)),
    decimals: fc.oneof(fc.constant(""), fc.stringMatching(/^\.\d{1,20}$/), fc.stringMatching(/^\.0{1,8}\d$/)),
    exponent: fc.oneof({ weight: 4, arbitrary: fc.constant("") }, fc.stringMatching(/^[eE][+-]?\d{1,3}$/)),
  })
  .map(({ sign, whole, decimals, exponent }) => sign + whole + decimals + exponent);

test("every number is one that JavaScript writes the same, or the text that it was written as", () => {
  fc.assert(
    fc.property(number, number, fc.constantFrom("", " ", "\n"), fc.constantFrom("", "x"), (one, other, blank, note) => {
      const text = `{"a":${blank}${one}${blank},"note":"${note}","list":[${other}${blank},{"b":${blank}${one}}]}`;
      const value = parsed(text);
      const found: unknown[] = [];
      JSON.stringify(value, (_, part: unknown) => {
        if (typeof part === "number") found.push(String(part));
        else if (typeof part === "string" && part !== note) found.push(part);
        return part;
      });
      expect(found).toEqual([one, other, one]);
    }),
    { numRuns: 2000 },
  );
});

test("what looks like a number in a text stays a text", () => {
  const text = '{"a":"b, 1.10, 2","c":1e3}';
  expect(JSON.stringify(parsed(text))).toBe('{"a":"b, 1.10, 2","c":"1e3"}');
});
