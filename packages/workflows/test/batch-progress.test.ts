import { createRateLimiter } from "@caselink/sdk";
import { expect, inject, test } from "vitest";
import { openTemporalHarness } from "./support/temporal-harness.ts";
import type { Row } from "./support/engine-harness.ts";

test("a batch shows progress before its turns are over, and never more than is done", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), {}, { rateLimiter: createRateLimiter() });
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
    expect(progress?.outcomes.created ?? 0).toBe(progress?.settledTickets ?? 0);
    // The batch itself counts a turn when it is over.
    const counted = (await harness.batches.progress(record.id))?.settledTickets ?? 0;
    if (progress && progress.settledTickets > counted) break;
  }
  await harness.batches.cancel(record.id);
  const { created, cancelled } = await harness.batches.summary(record.id);
  expect(created + cancelled).toBe(1_000);
});
