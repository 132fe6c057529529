import { expect, inject, test } from "vitest";
import { outlastFailures } from "../src/index.ts";
import { taskQueueOf } from "../src/workflow/task-queues.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";

test("the progress of a batch whose last tasks failed is there as soon as a worker runs", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, client, simulator } = harness;
  await harness.stopWorker();
  const record = await harness.plan([["T1", "r"]]);
  await batches.start(record);
  const { connection } = client;
  const request = { namespace: "default", taskQueue: { name: taskQueueOf(simulator.url) }, identity: "test" };
  // After this many failures in a row the server rejects queries.
  for (let failures = 0; failures < 3; failures++) {
    const { taskToken } = await connection.withDeadline(Date.now() + 60_000, () =>
      connection.workflowService.pollWorkflowTaskQueue(request),
    );
    await connection.workflowService.respondWorkflowTaskFailed({ ...request, taskToken });
  }
  await expect(batches.progress(record.id)).rejects.toMatchObject({ cause: { code: 9 } });

  const progress = outlastFailures(() => batches.progress(record.id));
  await harness.startWorker();
  expect(await progress).toMatchObject({ tickets: 1 });
  expect(await batches.summary(record.id)).toMatchObject({ created: 1 });
});
