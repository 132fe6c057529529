import { createPace } from "@caselink/sdk";
import { expect, inject, test } from "vitest";
import { openBatchWorld } from "./support/batch-world.ts";
import type { Row } from "./support/world.ts";

const rows = Array.from({ length: 400 }, (_, i): Row => [`T${i}`, "r"]);

test("the rate of a running batch is changed, also for what waits already, and its progress says so", async () => {
  await using world = await openBatchWorld(inject("temporalAddress"), {}, { pace: createPace() });
  const record = await world.plan(rows, { maxRate: 2 });
  await world.batches.start(record);
  await world.simulator.waitFor(({ counts }) => counts.requests >= 2);
  expect((await world.batches.progress(record.id))?.maxRate).toBe(2);
  // At two requests a second it would take 400 s.
  await world.batches.setRate(record.id, 5_000);
  expect((await world.batches.progress(record.id))?.maxRate).toBe(5_000);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 400 });
});

test("a rate can be taken away, and one that is none is refused", async () => {
  await using world = await openBatchWorld(inject("temporalAddress"), {}, { pace: createPace() });
  const record = await world.plan(rows, { maxRate: 2 });
  await world.batches.start(record);
  for (const wrong of [0, -1]) {
    await expect(world.batches.setRate(record.id, wrong)).rejects.toMatchObject({
      cause: { message: expect.stringContaining("above 0") },
    });
  }
  await expect(world.batches.setRate(record.id, Number.NaN)).rejects.toThrow("is none");
  await world.batches.setRate(record.id, undefined);
  expect(await world.batches.progress(record.id)).not.toHaveProperty("maxRate");
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 400 });
  await expect(world.batches.setRate(record.id, 5)).rejects.toThrow(/update|completed/i);
});

test("a batch with a low maximum of its own does not hold up another one", async () => {
  await using world = await openBatchWorld(inject("temporalAddress"), {}, { pace: createPace() });
  const slow = await world.plan(rows, { maxRate: 8 });
  await world.batches.start(slow);
  await world.simulator.waitFor(({ counts }) => counts.requests >= 1);
  const fast = await world.plan(rows.slice(0, 40).map(([ticket]): Row => [`F${ticket}`, "r"]));
  await world.batches.start(fast);
  expect(await world.batches.summary(fast.id)).toMatchObject({ created: 40 });
  expect((await world.batches.progress(slow.id))?.phase).toBe("running");
  await world.batches.cancel(slow.id);
  await world.batches.summary(slow.id);
});

test("nor does one whose rate is brought down to almost nothing, and it is cancelled soon", async () => {
  await using world = await openBatchWorld(inject("temporalAddress"), {}, { pace: createPace() });
  const slow = await world.plan(Array.from({ length: 2_000 }, (_, i): Row => [`S${i}`, "r"]));
  await world.batches.start(slow);
  await world.simulator.waitFor(({ counts }) => counts.written >= 200);
  await world.batches.setRate(slow.id, 0.5);
  const fast = await world.plan(rows.slice(0, 20).map(([ticket]): Row => [`F${ticket}`, "r"]));
  await world.batches.start(fast);
  expect(await world.batches.summary(fast.id)).toMatchObject({ created: 20 });
  await world.batches.cancel(slow.id);
  const { created, cancelled, failed } = await world.batches.summary(slow.id);
  expect([created + cancelled, failed]).toEqual([2_000, 0]);
});
