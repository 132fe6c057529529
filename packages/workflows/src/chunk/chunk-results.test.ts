import { expect, test } from "vitest";
import { ChunkResults } from "./chunk-results.ts";

const row = { row: 7, related: "R" };
const at = "2026-03-01T12:00:00.000Z";
const linesOf = (results: ChunkResults): unknown[] =>
  Buffer.from(results.seal())
    .toString()
    .split("\n")
    .slice(0, -2)
    .map((line) => JSON.parse(line));

test("attempts add up until the row is settled, and a confirmation stays while it is not", () => {
  const results = new ChunkResults([{ row: 7, attempts: 2, confirmed: true }]);
  results.record(row, 3, { error_message: "no answer" });
  expect(linesOf(results)).toEqual([{ row: 7, attempts: 5, error_message: "no answer", confirmed: true }]);
  expect(results.isConfirmed(row)).toBe(true);
  results.record(row, 1, {}, { outcome: "created", at });
  expect(linesOf(results)).toEqual([{ row: 7, attempts: 6, outcome: "created", settled_at: at }]);
  expect(results.isConfirmed(row)).toBe(false);
});

test("the result of a settled row stays", () => {
  const results = new ChunkResults([{ row: 7, attempts: 1, outcome: "removed", settled_at: at }]);
  results.record(row, 1, { error_message: "late" });
  results.record(row, 1, {}, { outcome: "failed", at });
  expect(linesOf(results)).toEqual([{ row: 7, attempts: 1, outcome: "removed", settled_at: at }]);
  expect(results.removedAt(row)).toBe(at);
  expect(results.outcomes).toEqual({ removed: 1 });
});
