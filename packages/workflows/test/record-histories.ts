// Records the histories of this version, which replay.test.ts replays with the workflows of every later one.
// Usage: TEMPORAL_ADDRESS=127.0.0.1:7233 npx -y pnpm@12 --filter @caselink/workflows run record-histories
// A history is a promise to running batches: each version is recorded once, when it is released, and stays.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { SimulatorConfig } from "@caselink/simulator";
import { batchWorkflowId, endpointKey, laneWorkflowId, type BatchClientOptions } from "../src/index.ts";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";
import type { Row } from "./support/engine-harness.ts";

const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
const { version } = JSON.parse(manifest) as { version: string };
const folder = new URL(`./histories/${version}/`, import.meta.url);
const address = process.env["TEMPORAL_ADDRESS"];
if (!address) throw new Error("set TEMPORAL_ADDRESS to a Temporal server that may keep the recorded batches");

// Tickets of one lane, so that every kind has two short histories.
const ROWS: Row[] = ["T4", "T7", "T18", "T37", "T46", "T58"].map((ticket, at): Row => [ticket, `r${at}`]);

await mkdir(folder, { recursive: true });
await record("plain", {}, async (harness) => {
  const { id } = await start(harness);
  await harness.batches.summary(id);
  return id;
});
await record("rounds", {}, async (harness) => {
  harness.simulator.failNext({ operation: "list", ticket: "T7", fault: "operationFailed", times: 4 });
  const { id } = await start(harness);
  await until(harness, id, ({ waitingChunks }) => waitingChunks === 1);
  await harness.batches.resume(id);
  await harness.batches.summary(id);
  return id;
});
await record("paused", { latencyMs: 300 }, async (harness) => {
  const { id } = await start(harness);
  await harness.simulator.waitFor(({ counts }) => counts.create >= 1);
  await harness.batches.pause(id);
  await harness.simulator.waitFor(({ counts }) => counts.inFlight === 0);
  await harness.batches.resume(id);
  await harness.batches.summary(id);
  return id;
});
await record("cancelled", { latencyMs: 300 }, async (harness) => {
  const { id } = await start(harness);
  await harness.simulator.waitFor(({ counts }) => counts.create >= 1);
  await harness.batches.cancel(id);
  await harness.batches.summary(id);
  return id;
});
await record("blocked", { tokens: [] }, async (harness) => {
  const { id } = await start(harness);
  await until(harness, id, ({ phase }) => phase === "blocked");
  harness.simulator.configure({ tokens: ["demo-token"] });
  await harness.batches.resume(id);
  await harness.batches.summary(id);
  return id;
});
await record("rate", { latencyMs: 300 }, async (harness) => {
  const { id } = await start(harness);
  await harness.simulator.waitFor(({ counts }) => counts.create >= 1);
  await harness.batches.setMaxRate(id, 50);
  await harness.batches.summary(id);
  return id;
});
await record(
  "continued-as-new",
  {},
  async (harness) => {
    const { id } = await start(harness, 1);
    await harness.batches.summary(id);
    return id;
  },
  { maxHistoryEvents: 20 },
);
await record("undo", {}, async (harness) => {
  const { id } = await start(harness);
  await harness.batches.summary(id);
  const undo = await harness.ledger.planUndo(id, `undo-${id}`);
  await harness.batches.start(undo);
  await harness.batches.summary(undo.id);
  return undo.id;
});

async function record(
  kind: string,
  config: SimulatorConfig,
  run: (harness: TemporalHarness) => Promise<string>,
  options?: BatchClientOptions,
): Promise<void> {
  await using harness = await openTemporalHarness(address as string, config, options);
  const batchId = await run(harness);
  const key = endpointKey(harness.simulator.url);
  await save(harness, `${kind}.batch`, batchWorkflowId(batchId));
  for (const lane of "0123456789abcdef") {
    const workflowId = laneWorkflowId(key, lane);
    const isThere = await harness.client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => true,
        () => false,
      );
    if (isThere) await save(harness, `${kind}.lane-${lane}`, workflowId);
  }
}

/** Saves the first run of a workflow, up to its end or until it continues as new. */
async function save(harness: TemporalHarness, name: string, workflowId: string): Promise<void> {
  const runs = [];
  for await (const run of harness.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const first = runs[0];
  const handle = harness.client.workflow.getHandle(workflowId, first?.runId);
  const json = JSON.stringify(JSON.parse(historyToJSON(await handle.fetchHistory())));
  await writeFile(new URL(`${name}.json`, folder), `${json}\n`);
}

async function start(harness: TemporalHarness, ticketsPerChunk = 3): Promise<{ id: string }> {
  const record = await harness.plan(ROWS, { ticketsPerChunk });
  await harness.batches.start(record);
  return record;
}

type Progress = NonNullable<Awaited<ReturnType<TemporalHarness["batches"]["progress"]>>>;

async function until(harness: TemporalHarness, batchId: string, holds: (progress: Progress) => boolean): Promise<void> {
  for (;;) {
    const progress = await harness.batches.progress(batchId);
    if (progress && holds(progress)) return;
  }
}
