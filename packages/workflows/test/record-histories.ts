// Records the histories that replay.test.ts holds today's workflows against.
// Usage: TEMPORAL_ADDRESS=127.0.0.1:7233 npx -y pnpm@12 --filter @caselink/workflows run record-histories
// A history is a promise to batches that are running: record anew only with a change that is meant to break them.
import { mkdir, writeFile } from "node:fs/promises";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { SimulatorConfig } from "@caselink/simulator";
import { batchWorkflowId, endpointKey, laneWorkflowId, type BatchClientOptions } from "../src/index.ts";
import { openBatchWorld, type BatchWorld } from "./support/batch-world.ts";
import type { Row } from "./support/world.ts";

const folder = new URL("./histories/", import.meta.url);
const address = process.env["TEMPORAL_ADDRESS"];
if (!address) throw new Error("set TEMPORAL_ADDRESS to a Temporal server that may keep the recorded batches");

// Tickets of one lane, so that every kind has two short histories.
const ROWS: Row[] = ["T4", "T7", "T18", "T37", "T46", "T58"].map((ticket, at): Row => [ticket, `r${at}`]);

await mkdir(folder, { recursive: true });
await record("plain", {}, async (world) => {
  const { id } = await start(world);
  await world.batches.summary(id);
  return id;
});
await record("rounds", {}, async (world) => {
  world.simulator.failNext({ operation: "list", ticket: "T7", fault: "operationFailed", times: 4 });
  const { id } = await start(world);
  await until(world, id, ({ waitingChunks }) => waitingChunks === 1);
  await world.batches.resume(id);
  await world.batches.summary(id);
  return id;
});
await record("paused", { latencyMs: 300 }, async (world) => {
  const { id } = await start(world);
  await world.simulator.waitFor(({ counts }) => counts.create >= 1);
  await world.batches.pause(id);
  await world.simulator.waitFor(({ counts }) => counts.inFlight === 0);
  await world.batches.resume(id);
  await world.batches.summary(id);
  return id;
});
await record("cancelled", { latencyMs: 300 }, async (world) => {
  const { id } = await start(world);
  await world.simulator.waitFor(({ counts }) => counts.create >= 1);
  await world.batches.cancel(id);
  await world.batches.summary(id);
  return id;
});
await record("blocked", { tokens: [] }, async (world) => {
  const { id } = await start(world);
  await until(world, id, ({ phase }) => phase === "blocked");
  world.simulator.configure({ tokens: ["demo-token"] });
  await world.batches.resume(id);
  await world.batches.summary(id);
  return id;
});
await record("rate", { latencyMs: 300 }, async (world) => {
  const { id } = await start(world);
  await world.simulator.waitFor(({ counts }) => counts.create >= 1);
  await world.batches.setRate(id, 50);
  await world.batches.summary(id);
  return id;
});
await record(
  "continued-as-new",
  {},
  async (world) => {
    const { id } = await start(world, 1);
    await world.batches.summary(id);
    return id;
  },
  { maxHistoryEvents: 20 },
);
await record("undo", {}, async (world) => {
  const { id } = await start(world);
  await world.batches.summary(id);
  const undo = await world.ledger.planUndo(id, `undo-${id}`);
  await world.batches.start(undo);
  await world.batches.summary(undo.id);
  return undo.id;
});

async function record(
  kind: string,
  config: SimulatorConfig,
  run: (world: BatchWorld) => Promise<string>,
  options?: BatchClientOptions,
): Promise<void> {
  await using world = await openBatchWorld(address as string, config, options);
  const batchId = await run(world);
  const key = endpointKey(world.simulator.url);
  await save(world, `${kind}.batch`, batchWorkflowId(batchId));
  for (const lane of "0123456789abcdef") {
    const workflowId = laneWorkflowId(key, lane);
    const isThere = await world.client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => true,
        () => false,
      );
    if (isThere) await save(world, `${kind}.lane-${lane}`, workflowId);
  }
}

/** The first run of a workflow: the one that begins everything, and where it continues as new, that too. */
async function save(world: BatchWorld, name: string, workflowId: string): Promise<void> {
  const runs = [];
  for await (const run of world.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const first = runs[0];
  const handle = world.client.workflow.getHandle(workflowId, first?.runId);
  const json = JSON.stringify(JSON.parse(historyToJSON(await handle.fetchHistory())));
  await writeFile(new URL(`${name}.json`, folder), `${json}\n`);
}

async function start(world: BatchWorld, ticketsPerChunk = 3): Promise<{ id: string }> {
  const record = await world.plan(ROWS, { ticketsPerChunk });
  await world.batches.start(record);
  return record;
}

type Progress = NonNullable<Awaited<ReturnType<BatchWorld["batches"]["progress"]>>>;

async function until(world: BatchWorld, batchId: string, holds: (progress: Progress) => boolean): Promise<void> {
  for (;;) {
    const progress = await world.batches.progress(batchId);
    if (progress && holds(progress)) return;
  }
}
