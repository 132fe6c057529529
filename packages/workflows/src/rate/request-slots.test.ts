import { expect, test } from "vitest";
import { createRequestSlots } from "./request-slots.ts";

test("as many calls run as there are slots, the others in the order in which they came, also after failures", async () => {
  const withSlot = createRequestSlots(2);
  const started: number[] = [];
  const calls = Array.from({ length: 5 }, () => Promise.withResolvers<string>());
  const ends = calls.map(({ promise }, index) =>
    withSlot(() => {
      started.push(index);
      return promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  calls[1]?.reject(new Error("no answer"));
  await expect(ends[1]).rejects.toThrow("no answer");
  expect(started).toEqual([0, 1, 2]);
  calls[0]?.resolve("first");
  expect(await ends[0]).toBe("first");
  expect(started).toEqual([0, 1, 2, 3]);
  for (const call of calls) call.resolve("later");
  expect(await Promise.all([ends[2], ends[3], ends[4]])).toEqual(["later", "later", "later"]);
  // The slots are free again.
  const again = withSlot(() => Promise.resolve(started.push(5)));
  expect(started.at(-1)).toBe(5);
  await again;
});
