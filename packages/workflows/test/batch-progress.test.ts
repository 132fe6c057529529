import { createRateLimiter } from "@caselink/sdk";
import { expect, inject, test } from "vitest";
import { openTemporalHarness } from "./support/temporal-harness.ts";
import type { Row } from "./support/engine-harness.ts";

test("a batch shows progress within its first turn, and never more than is done", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), {}, { rateLimiter: createRateLimiter() });
  // Sixteen lanes with turns of ten seconds each: no turn is over when this test ends.
  const record = await harness.plan(
    Array.from({ length: 1_000 }, (_, i): Row => [`T${i}`, "r"]),
    { maxRate: 40 },
  );
  await harness.batches.start(record);
  const reader = harness.batches.progressReader(record);
  for (;;) {
    const progress = await reader.next();
    const written = harness.simulator.counts().written;
    expect(progress?.settledTickets ?? 0).toBeLessThanOrEqual(written);
    if (!progress || progress.settledTickets === 0) continue;
    expect(progress.outcomes.created).toBe(progress.settledTickets);
    expect((await harness.batches.progress(record.id))?.settledTickets).toBe(0);
    break;
  }
  await harness.batches.cancel(record.id);
  const { created, cancelled } = await harness.batches.summary(record.id);
  expect(created + cancelled).toBe(1_000);
});
