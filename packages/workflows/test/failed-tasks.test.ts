import { expect, inject, test } from "vitest";
import { BatchClient, outlastFailures } from "../src/index.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";
import { failTasks } from "./support/unreplayable-history.ts";

test("the progress of a batch whose last tasks failed is there as soon as a worker runs", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const batches = new BatchClient(harness.client);
  await harness.stopWorker();
  const record = await harness.plan([["T1", "r"]]);
  await batches.start(record);
  // After this many failures in a row the server rejects queries.
  await failTasks(harness, 3);
  await expect(batches.progress(record.id)).rejects.toMatchObject({ cause: { code: 9 } });

  const progress = outlastFailures(() => batches.progress(record.id));
  await harness.startWorker();
  expect(await progress).toMatchObject({ tickets: 1 });
  expect(await batches.summary(record.id)).toMatchObject({ created: 1 });
});
