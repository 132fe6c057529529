import { expect, test } from "vitest";
import { seededChance } from "./seeded-chance.ts";

test("a seeded chance depends only on seed, purpose, subject and ordinal", () => {
  const chance = seededChance(1, "create", "T1", 0);
  expect(seededChance(1, "create", "T1", 0)).toBe(chance);
  const others = [
    seededChance(2, "create", "T1", 0),
    seededChance(1, "list", "T1", 0),
    seededChance(1, "create", "T2", 0),
    seededChance(1, "create", "T1", 1),
  ];
  expect(new Set([chance, ...others]).size).toBe(5);
});

test.for([
  ["tickets", (index: number) => seededChance(1, "create", `CASE-${index}`, 0)],
  ["requests of one ticket", (index: number) => seededChance(1, "create", "CASE-1", index)],
  ["seeds", (index: number) => seededChance(index, "create", "CASE-1", 0)],
] as const)("seeded chance spreads evenly over %s", ([, draw]) => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let index = 0; index < 20_000; index += 1) {
    const tenth = Math.floor(draw(index) * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  // 2,000 each is expected; 200 is more than four standard deviations.
  for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  expect(tenths).toHaveLength(10);
});
