import { expect, test } from "vitest";
import { RecentlyUsed } from "./recently-used.ts";

test("what no one used for an hour is dropped, and what is used stays", () => {
  let now = 0;
  const values = new RecentlyUsed<number>(() => now);
  for (let i = 0; i < 100; i++) values.set(`batch-${i}`, i);
  now = 3_000_000;
  expect(values.get("batch-7")).toBe(7);
  now = 3_600_000;
  values.set("later", 0);
  expect([values.size, values.get("batch-7"), values.get("batch-8")]).toEqual([2, 7, undefined]);
  now = 6_900_000;
  expect(values.get("batch-7")).toBe(7);
  values.delete("batch-7");
  expect(values.get("batch-7")).toBeUndefined();
});
