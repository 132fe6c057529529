// Followers of this version next to batches and workers of another one.
import { Context } from "@temporalio/activity";
import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { newBatch } from "@caselink/test-support";
import { expect, inject, test } from "vitest";
import { BatchClient, batchWorkflowId, laneWorkflowId } from "../src/index.ts";

Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [] });

const turn = { lane: "a", turn: 5, settledTickets: 3, outcomes: { created: 3 } };

test.for([
  ["an earlier version", { settledTickets: 9, outcomes: { created: 9 } }, 0],
  ["a later version", { turns: [turn, { lane: "b" }, "turn"], more: [] }, 3],
  ["a version with other turns", { turns: { a: 1 } }, 0],
] as const)("a follower reads a batch of an earlier version and heartbeats of %s", async ([, details, settled]) => {
  const address = inject("temporalAddress");
  const [connection, workerConnection] = [
    await Connection.connect({ address, connectTimeout: "5 minutes" }),
    await NativeConnection.connect({ address }),
  ];
  const id = newBatch("version");
  const endpoint = `http://${id}.example`;
  const { promise: beaten, resolve: beat } = Promise.withResolvers<void>();
  const worker = await Worker.create({
    connection: workerConnection,
    taskQueue: id,
    workflowsPath: new URL("./support/other-version-workflows.ts", import.meta.url).pathname,
    activities: {
      async workOther() {
        Context.current().heartbeat({ batchId: id, ...details });
        beat();
        await Context.current().cancelled.catch(() => undefined);
      },
    },
  });
  const client = new Client({ connection });
  const start = (name: string, workflowId: string) => client.workflow.start(name, { workflowId, taskQueue: id });
  await worker.runUntil(async () => {
    const handles = [
      await start("otherBatch", batchWorkflowId(id)),
      await start("otherLane", laneWorkflowId(new URL(endpoint).host, "a")),
    ];
    await beaten;
    const batches = new BatchClient(client);
    const reader = batches.progressReader({ id, endpoint });
    expect(await reader.next()).toMatchObject({ phase: "running", settledTickets: 2, ambiguousTickets: 0 });
    await expect.poll(async () => (await reader.all())?.settledTickets).toBe(2 + settled);
    const record = { id, endpoint, chunks: { a: 1 } };
    await expect.poll(() => batches.lastHeartbeatAt(record)).toBeGreaterThan(0);
    for (const handle of handles) await handle.terminate();
  });
  await connection.close();
  await workerConnection.close();
});
