import { array, assert, integer, property, record, string, tuple } from "fast-check";
import { expect, test } from "vitest";
import { GrowingLines } from "./growing-lines.ts";
import { formatSealedLines, parseSealedLines } from "./json-lines.ts";

const line = record({ id: string({ unit: "binary", maxLength: 40 }), n: integer() });
const isLine = (value: unknown): value is { id: string; n: number } => typeof value === "object";
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test("each file has the lines so far, the last lines and their seal, as if it was formatted as a whole", () => {
  assert(
    property(array(tuple(line, array(line, { maxLength: 3 })), { maxLength: 30 }), (steps) => {
      const growing = new GrowingLines<{ id: string; n: number }>();
      const added: { id: string; n: number }[] = [];
      for (const [value, last] of steps) {
        growing.add(value);
        added.push(value);
        expect(textOf(growing.seal(last))).toBe(formatSealedLines([...added, ...last]));
      }
    }),
  );
});

test("a file that was sealed does not change when lines are added, also beyond the room that was there", () => {
  const growing = new GrowingLines<{ id: string; n: number }>();
  growing.add({ id: "ü\n", n: 0 });
  const first = growing.seal();
  const before = textOf(first);
  for (let n = 1; n <= 5_000; n++) growing.add({ id: `ticket ${n}`, n });
  expect(textOf(first)).toBe(before);
  expect(parseSealedLines(textOf(growing.seal()), "file", isLine)).toHaveLength(5_001);
});
