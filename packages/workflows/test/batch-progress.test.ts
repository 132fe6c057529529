import { createPace } from "@caselink/sdk";
import { expect, inject, test } from "vitest";
import { openBatchWorld } from "./support/batch-world.ts";
import type { Row } from "./support/world.ts";

test("a batch shows progress within its first turn, and never more than what is done", async () => {
  await using world = await openBatchWorld(inject("temporalAddress"), {}, { pace: createPace() });
  // Sixteen lanes with turns of ten seconds each: none is over when this ends.
  const record = await world.plan(
    Array.from({ length: 1_000 }, (_, i): Row => [`T${i}`, "r"]),
    { maxRate: 40 },
  );
  await world.batches.start(record);
  for (;;) {
    const progress = await world.batches.progressNow(record);
    const written = world.simulator.counts().written;
    expect(progress?.settledTickets ?? 0).toBeLessThanOrEqual(written);
    if (!progress || progress.settledTickets === 0) continue;
    expect(progress.outcomes.created).toBe(progress.settledTickets);
    expect((await world.batches.progress(record.id))?.settledTickets).toBe(0);
    break;
  }
  await world.batches.cancel(record.id);
  const { created, cancelled } = await world.batches.summary(record.id);
  expect(created + cancelled).toBe(1_000);
});
