import { createRateLimiter } from "@caselink/sdk";
import { expect, inject, test } from "vitest";
import { BatchEndedError } from "../src/index.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";
import { until } from "@caselink/test-support";
import type { Row } from "./support/engine-harness.ts";

const rows = Array.from({ length: 400 }, (_, i): Row => [`T${i}`, "r"]);

test("a running batch takes a new maximum rate, also for requests that wait already, and its progress shows it", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), {}, { rateLimiter: createRateLimiter() });
  const record = await harness.plan(rows, { maxRate: 2 });
  await harness.batches.start(record);
  await harness.simulator.waitFor(({ counts }) => counts.requests >= 2);
  expect((await harness.batches.progress(record.id))?.maxRate).toBe(2);
  // At two requests per second it would take 400 s.
  await harness.batches.setMaxRate(record.id, 5_000);
  expect((await harness.batches.progress(record.id))?.maxRate).toBe(5_000);
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 400 });
});

test("a maximum rate can be removed, and an invalid one is rejected", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), {}, { rateLimiter: createRateLimiter() });
  const record = await harness.plan(rows, { maxRate: 2 });
  await harness.batches.start(record);
  for (const wrong of [0, -1]) {
    await expect(harness.batches.setMaxRate(record.id, wrong)).rejects.toMatchObject({
      cause: { message: expect.stringContaining("above 0") },
    });
  }
  await expect(harness.batches.setMaxRate(record.id, Number.NaN)).rejects.toThrow("is not a rate");
  await harness.batches.setMaxRate(record.id, undefined);
  expect(await harness.batches.progress(record.id)).not.toHaveProperty("maxRate");
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 400 });
  await expect(harness.batches.setMaxRate(record.id, 5)).rejects.toThrow(BatchEndedError);
});

test("a batch with a low maximum rate does not delay another batch", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), {}, { rateLimiter: createRateLimiter() });
  const slow = await harness.plan(rows, { maxRate: 1 });
  await harness.batches.start(slow);
  await harness.simulator.waitFor(({ counts }) => counts.requests >= 1);
  const fast = await harness.plan(rows.slice(0, 40).map(([ticket]): Row => [`F${ticket}`, "r"]));
  await harness.batches.start(fast);
  expect(await harness.batches.summary(fast.id)).toMatchObject({ created: 40 });
  expect((await harness.batches.progress(slow.id))?.phase).toBe("running");
  await harness.batches.cancel(slow.id);
  await harness.batches.summary(slow.id);
});

test("a batch whose rate is lowered to almost nothing does not delay others, and can be cancelled within seconds", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), {}, { rateLimiter: createRateLimiter() });
  const slow = await harness.plan(Array.from({ length: 2_000 }, (_, i): Row => [`S${i}`, "r"]));
  // The rest would take minutes: the batch cannot end before its turns have the new rate, which is after the call returns.
  await harness.startAndChange(slow, 200, { latencyMs: 3_000 });
  await harness.batches.setMaxRate(slow.id, 0.5);
  const fast = await harness.plan(rows.slice(0, 20).map(([ticket]): Row => [`F${ticket}`, "r"]));
  await harness.batches.start(fast);
  expect(await harness.batches.summary(fast.id)).toMatchObject({ created: 20 });
  await harness.batches.cancel(slow.id);
  const { created, cancelled, failed } = await harness.batches.summary(slow.id);
  expect([created + cancelled, failed]).toEqual([2_000, 0]);
});

test("a batch at the limit of a day waits without requests, says until when, and can be cancelled", async () => {
  await using harness = await openTemporalHarness(
    inject("temporalAddress"),
    { rateLimit: { requests: 60, window: "24 hour", each: ["operation"], hint: "message" } },
    { rateLimiter: createRateLimiter() },
  );
  const record = await harness.plan(rows.slice(0, 200), { giveUpAfterMs: 1_000 });
  await harness.batches.start(record);
  const progress = await until(
    () => harness.batches.progress(record.id),
    (seen) => seen?.waitReason?.retryAfterMs !== undefined || seen?.phase === "completed",
  );
  expect(progress).toMatchObject({ phase: "running", waitReason: { kind: "slow-down" } });
  const waitsForMs = (progress?.retryAt ?? 0) - Date.now();
  expect(waitsForMs).toBeGreaterThan(3_000_000);
  expect(waitsForMs).toBeLessThanOrEqual(3_600_000);
  // The time to give up, a second, passes: a limit that says when it continues is no failure.
  const since = Date.now();
  await expect.poll(() => Date.now() - since).toBeGreaterThan(3_000);
  expect((await harness.batches.progress(record.id))?.phase).toBe("running");
  const { requests } = harness.simulator.counts();
  expect(requests).toBeLessThan(200);
  await harness.batches.cancel(record.id);
  const summary = await harness.batches.summary(record.id);
  expect(summary).toMatchObject({ state: "cancelled", failed: 0 });
  expect(summary.created).toBeLessThanOrEqual(60);
  expect(harness.simulator.counts().requests).toBeLessThanOrEqual(requests + 1);
});
