import { NativeConnection, Worker } from "@temporalio/worker";
import { expect, inject, test } from "vitest";
import { workflowBundlePath } from "../src/index.ts";
import { WORKFLOW_CODE_LIMIT } from "../src/process/batch-worker.ts";

test("Temporal's worker takes the limit for workflow code, which its types do not name", async () => {
  const connection = await NativeConnection.connect({ address: inject("temporalAddress") });
  const worker = await Worker.create({
    connection,
    taskQueue: "limit",
    workflowBundle: { codePath: workflowBundlePath },
    ...WORKFLOW_CODE_LIMIT,
  });
  expect(worker.options).toMatchObject({ isolateExecutionTimeoutMs: 600_000 });
  await worker.runUntil(async () => undefined);
  await connection.close();
});
