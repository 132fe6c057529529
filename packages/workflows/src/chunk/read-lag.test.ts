import { USUAL_READ_LAG_MS } from "@caselink/ledger";
import { expect, test } from "vitest";
import { READ_LAG_MS } from "../workflow/read-lag.ts";
import { readLagOf, SeenReadLag } from "./read-lag.ts";

test("reads lag as long as was planned, or as long as was seen, up to a minute", async () => {
  const stored: unknown[] = [];
  const seen = new SeenReadLag(async (...what) => void stored.push(what));
  const [planned, other] = [readLagOf(8_000, seen), readLagOf(undefined, seen)];
  expect([seen.ms, planned.ms, other.ms]).toEqual([0, 8_000, 5_000]);
  await planned.learn(9_000, "first");
  await other.learn(9_000, "the same");
  await other.learn(8_500, "shorter");
  expect([seen.ms, planned.ms, other.ms]).toEqual([9_000, 9_000, 9_000]);
  expect(stored).toEqual([[9_000, "first"]]);
  seen.raise(7_000);
  expect(seen.ms).toBe(9_000);
  seen.raise(61_000);
  expect(seen.ms).toBe(60_000);
});

test("a lag that no one keeps is known to its batch alone", async () => {
  const [one, other] = [readLagOf(), readLagOf()];
  await one.learn(6_000, "seen");
  expect([one.ms, other.ms]).toEqual([6_000, 5_000]);
});

test("workflows and the ledger assume the same read lag", () => {
  expect(READ_LAG_MS).toBe(USUAL_READ_LAG_MS);
});
