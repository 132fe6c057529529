import { expect, inject, test } from "vitest";
import { until } from "@caselink/test-support";
import type { Row } from "./support/engine-harness.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";

const ROWS = Array.from({ length: 20 }, (_, at): Row => [`T${at}`, "r"]);

test("a worker that may not begin yet runs the workflows of a batch and works no chunk", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, simulator } = harness;
  await harness.stopWorker();
  const record = await harness.plan(ROWS);
  await batches.start(record);
  const begin = Promise.withResolvers<void>();
  await harness.addWorker({ mayBegin: begin.promise });
  // The batch says so when no worker has taken its chunks.
  await until(
    () => batches.progress(record.id),
    (progress) => progress?.waitReason !== undefined,
  );
  expect(simulator.counts().create).toBe(0);
  begin.resolve();
  expect(await batches.summary(record.id)).toMatchObject({ state: "completed", created: 20 });
});
