import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { SimulatorConfig } from "@caselink/simulator";
import { batchWorkflowId, endpointKey, laneWorkflowId, type BatchClientOptions } from "../../src/index.ts";
import type { Row } from "./engine-harness.ts";
import type { HistoryKind } from "./history-kinds.ts";
import { openTemporalHarness, type TemporalHarness } from "./temporal-harness.ts";

/** How batches of a kind come to their end. */
interface Recording {
  config?: SimulatorConfig;
  options?: BatchClientOptions;
  /** The run of the batch that is recorded; default: the first. */
  isLastRun?: true;
  /** @returns the id of the batch to record, which has ended */
  run(harness: TemporalHarness): Promise<string>;
}

/** A history as JSON. Its name: `batch`, or `lane-` and the lane. */
export interface RecordedHistory {
  name: string;
  json: string;
}

// Tickets of one lane, so that every kind has few and short histories.
const ROWS: Row[] = ["T4", "T7", "T18", "T37", "T46", "T58"].map((ticket, at): Row => [ticket, `r${at}`]);
const LANES = ["all", ...Array.from({ length: 16 }, (_, lane) => lane.toString(16))];
/** Slow enough that an operator acts while tickets are in progress. */
const SLOW = { latencyMs: 300 };

const RECORDINGS: Record<HistoryKind, Recording> = {
  plain: { run: async (harness) => ended(harness, await start(harness)) },
  rounds: {
    async run(harness) {
      harness.simulator.failNext({ operation: "list", ticket: "T7", fault: "operationFailed", times: 1_000_000 });
      const id = await start(harness);
      await until(harness, id, ({ waitingChunks }) => waitingChunks === 1);
      await harness.repairAndResume(id);
      return ended(harness, id);
    },
  },
  paused: {
    config: SLOW,
    async run(harness) {
      const id = await startAndWrite(harness);
      await harness.batches.pause(id);
      await harness.simulator.waitFor(({ counts }) => counts.inFlight === 0);
      await harness.repairAndResume(id);
      return ended(harness, id);
    },
  },
  cancelled: {
    config: SLOW,
    async run(harness) {
      const id = await startAndWrite(harness);
      await harness.batches.cancel(id);
      return ended(harness, id);
    },
  },
  blocked: {
    config: { tokens: [] },
    async run(harness) {
      const id = await start(harness);
      await until(harness, id, ({ phase }) => phase === "blocked");
      await harness.repairAndResume(id, { tokens: ["demo-token"] });
      return ended(harness, id);
    },
  },
  rate: {
    config: SLOW,
    async run(harness) {
      const id = await startAndWrite(harness);
      await harness.batches.setMaxRate(id, 50);
      harness.simulator.clearFaults();
      return ended(harness, id);
    },
  },
  "continued-as-new": {
    options: { maxHistoryEvents: 20 },
    run: async (harness) => ended(harness, await start(harness, 1)),
  },
  restarted: {
    config: SLOW,
    isLastRun: true,
    async run(harness) {
      const record = await harness.plan(ROWS, { ticketsPerChunk: 3 });
      await writeSome(harness, () => harness.batches.start(record));
      await harness.client.workflow.getHandle(batchWorkflowId(record.id)).terminate();
      harness.simulator.clearFaults();
      await harness.batches.start(record);
      return ended(harness, record.id);
    },
  },
  symmetric: { config: { symmetric: true }, run: async (harness) => ended(harness, await start(harness)) },
  retry: {
    config: SLOW,
    async run(harness) {
      const id = await startAndWrite(harness);
      await harness.batches.cancel(id);
      await harness.batches.summary(id);
      harness.simulator.clearFaults();
      const retry = await harness.ledger.planRetry(id);
      if (!retry) throw new Error("no row of a cancelled batch is left to retry");
      await harness.batches.start(retry);
      return ended(harness, retry.id);
    },
  },
  undo: {
    async run(harness) {
      const id = await ended(harness, await start(harness));
      const undo = await harness.ledger.planUndo(id, `undo-${id}`);
      await harness.batches.start(undo);
      return ended(harness, undo.id);
    },
  },
};

/** Runs batches of a kind, and returns the histories of one and of its lanes. */
export async function recordHistories(address: string, kind: HistoryKind): Promise<RecordedHistory[]> {
  const recording = RECORDINGS[kind];
  const { config, options, isLastRun } = recording;
  await using harness = await openTemporalHarness(address, config, options);
  const batchId = await recording.run(harness);
  const key = endpointKey(harness.simulator.url);
  const histories = [{ name: "batch", json: await historyOf(harness, batchWorkflowId(batchId), isLastRun) }];
  for (const lane of LANES) {
    const json = await historyOf(harness, laneWorkflowId(key, lane));
    if (json !== undefined) histories.push({ name: `lane-${lane}`, json });
  }
  return histories.flatMap(({ name, json }) => (json === undefined ? [] : { name, json }));
}

/** The history of one run, up to its end or until it continues as new; undefined: there is no such workflow. */
async function historyOf({ client }: TemporalHarness, workflowId: string, isLast?: true): Promise<string | undefined> {
  const runs = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  const run = runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime()).at(isLast ? -1 : 0);
  if (!run) return undefined;
  return JSON.stringify(
    JSON.parse(historyToJSON(await client.workflow.getHandle(workflowId, run.runId).fetchHistory())),
  );
}

async function start(harness: TemporalHarness, ticketsPerChunk = 3): Promise<string> {
  const record = await harness.plan(ROWS, { ticketsPerChunk });
  await harness.batches.start(record);
  return record.id;
}

async function startAndWrite(harness: TemporalHarness): Promise<string> {
  return writeSome(harness, () => start(harness));
}

/** Starts a batch that cannot end before the faults are cleared or it is cancelled, and waits for its first write. */
async function writeSome<Started>(
  { simulator }: TemporalHarness,
  startBatch: () => Promise<Started>,
): Promise<Started> {
  simulator.failNext({ operation: "create", ticket: "T7", fault: "http503", times: 1_000_000 });
  const written = simulator.waitFor(({ counts }) => counts.written >= 1);
  const started = await startBatch();
  await written;
  return started;
}

async function ended({ batches }: TemporalHarness, batchId: string): Promise<string> {
  await batches.summary(batchId);
  return batchId;
}

type Progress = NonNullable<Awaited<ReturnType<TemporalHarness["batches"]["progress"]>>>;

async function until(harness: TemporalHarness, batchId: string, holds: (progress: Progress) => boolean): Promise<void> {
  for (;;) {
    const progress = await harness.batches.progress(batchId);
    if (progress && holds(progress)) return;
  }
}
