// Workers of several versions on one Temporal server, while batches run.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BatchRecord } from "@caselink/ledger";
import { NO_VIOLATIONS, until } from "@caselink/test-support";
import { Worker } from "@temporalio/worker";
import { expect, inject, test } from "vitest";
import { batchWorkflowId, endpointKey, laneWorkflowId, workerBuildId, workflowBundlePath } from "../src/index.ts";
import type { Row } from "./support/engine-harness.ts";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";
import { Versions } from "./support/worker-versions.ts";

const ROWS = Array.from({ length: 600 }, (_, at): Row => [`T${at}`, `r${at % 3}`]);
/** Requests per second of each worker: the batch runs until its workers are replaced, and its rate is changed. */
const SLOW = 1;
/** A worker that has ended counts as gone after 90 s. */
const LATER_MS = 100_000;

async function open(): Promise<{ harness: TemporalHarness; versions: Versions }> {
  const harness = await openTemporalHarness(inject("temporalAddress"));
  await harness.stopWorker();
  return { harness, versions: new Versions(harness) };
}

/** Runs the Temporal CLI, as the guide shows it. A namespace runs one command with a query at a time; others are rejected. */
async function temporal(...args: string[]): Promise<void> {
  const run = async (): Promise<string> => {
    const all = [...args, "--address", inject("temporalAddress")];
    return promisify(execFile)(inject("temporalCli"), all).then(({ stderr }) => stderr, String);
  };
  const said = await until(run, (text) => !text.includes("Max concurrent batch operations"));
  expect(said).not.toContain("Error");
}

/** Starts a batch that is slow, and returns as soon as it has written. */
async function start(harness: TemporalHarness): Promise<BatchRecord> {
  const record = await harness.plan(ROWS, { maxRate: SLOW });
  await harness.batches.start(record);
  await harness.simulator.waitFor(({ counts }) => counts.written >= 5);
  return record;
}

/** Lets the batch end soon, and returns what became of it. */
async function endOf(harness: TemporalHarness, { id }: BatchRecord) {
  await harness.batches.setMaxRate(id, undefined);
  const { state, created } = await harness.batches.summary(id);
  const outcomes = new Set(await harness.outcomes(id));
  const { written } = harness.simulator.counts();
  return { state, created, outcomes: [...outcomes], written, violations: harness.simulator.violations() };
}

/** Every row was created, and none twice. */
const ALL_CREATED = {
  state: "completed",
  created: ROWS.length,
  outcomes: ["created"],
  written: ROWS.length,
  violations: NO_VIOLATIONS,
};

/** The workflows that stay on a version, as the guide writes it. */
const staysOn = ({ name }: Versions, buildId: string): string[] => [
  "--query",
  `TemporalWorkerDeploymentVersion = '${name}:${buildId}' AND ExecutionStatus = 'Running'`,
];

/** Replays all runs of a workflow. @returns their number */
async function replayRuns({ client }: TemporalHarness, workflowId: string): Promise<number> {
  let runs = 0;
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { codePath: workflowBundlePath } }, history, workflowId);
    runs++;
  }
  return runs;
}

test("batch and lanes move to the version that is made the current one, back, and to workers without a version", async () => {
  const { harness, versions } = await open();
  await using _ = harness;
  const first = await versions.start("1");
  await versions.setCurrent("1");
  const record = await start(harness);
  const { id, chunks } = record;
  await versions.whenOn("1", id);
  const second = await versions.start("2");
  await versions.setCurrent("2");
  await versions.whenOn("2", id);
  await versions.setCurrent("1");
  await versions.whenOn("1", id);
  await second[Symbol.asyncDispose]();
  await harness.startWorker();
  await versions.setCurrent("");
  await versions.whenOn("", id);
  await first[Symbol.asyncDispose]();
  expect(await endOf(harness, record)).toEqual(ALL_CREATED);
  // On the versions 1, 2 and 1 again, and without one.
  const lane = laneWorkflowId(endpointKey(harness.simulator.url), Object.keys(chunks)[0] ?? "");
  for (const workflowId of [batchWorkflowId(id), lane])
    expect(await replayRuns(harness, workflowId)).toBeGreaterThanOrEqual(4);
});

test("a batch that workers without a version began goes on with those of a version", async () => {
  const { harness, versions } = await open();
  await using _ = harness;
  await harness.startWorker();
  const record = await start(harness);
  await versions.start("1");
  await versions.setCurrent("1");
  await versions.whenOn("1", record.id);
  await harness.stopWorker();
  expect(await endOf(harness, record)).toEqual(ALL_CREATED);
});

test("workers of an account with the version before work the chunks of lanes that have moved", async () => {
  const { harness, versions } = await open();
  await using _ = harness;
  await versions.start("1", "a");
  await versions.start("2", "b");
  await versions.setCurrent("2");
  const record = await harness.plan(ROWS, { account: "a", maxRate: SLOW });
  await harness.batches.start(record);
  expect(await endOf(harness, record)).toEqual(ALL_CREATED);
});

test("a paused batch moves when a signal wakes it up", async () => {
  const { harness, versions } = await open();
  await using _ = harness;
  const first = await versions.start("1");
  await versions.setCurrent("1");
  const record = await start(harness);
  await harness.batches.pause(record.id);
  await harness.simulator.waitFor(({ counts }) => counts.inFlight === 0);
  await versions.start("2");
  await versions.setCurrent("2");
  // A run that began less than 10 s ago stays.
  await until(
    async () => {
      await temporal("workflow", "signal", ...staysOn(versions, "1"), "--name", "wake", "--yes");
      return versions.isOn("2", record.id);
    },
    (isMoved) => isMoved,
  );
  await first[Symbol.asyncDispose]();
  await harness.batches.resume(record.id);
  expect(await endOf(harness, record)).toEqual(ALL_CREATED);
});

/** Lets a batch write, and replaces the version of its workers: it waits then. */
async function loseVersion({ harness, versions }: Awaited<ReturnType<typeof open>>): Promise<BatchRecord> {
  const first = await versions.start("1");
  await versions.setCurrent("1");
  const record = await start(harness);
  await first[Symbol.asyncDispose]();
  await versions.start("2");
  await versions.setCurrent("2");
  return record;
}

test("a batch whose version is gone says so, and is moved by its options", async () => {
  const opened = await open();
  const { harness, versions } = opened;
  await using _ = harness;
  const record = await loseVersion(opened);
  expect(await harness.batches.versionWait(record)).toBeUndefined();
  const wait = await harness.batches.versionWait(record, Date.now() + LATER_MS);
  expect(wait).toMatchObject({ version: { deploymentName: versions.name, buildId: "1" }, isForNew: false });
  expect(wait?.workflowIds).toContain(batchWorkflowId(record.id));
  const once = ["--versioning-override-behavior", "one_time"];
  const target = ["--versioning-override-deployment-name", versions.name, "--versioning-override-build-id", "2"];
  await temporal("workflow", "update-options", ...staysOn(versions, "1"), ...once, ...target, "--yes");
  expect(await endOf(harness, record)).toEqual(ALL_CREATED);
});

test("a batch whose version is gone is terminated, and starts again on its ledger", async () => {
  const opened = await open();
  const { harness, versions } = opened;
  await using _ = harness;
  const record = await loseVersion(opened);
  await temporal("workflow", "terminate", ...staysOn(versions, "1"), "--reason", "its version is gone", "--yes");
  await expect(harness.batches.summary(record.id)).rejects.toMatchObject({ how: "terminated" });
  expect(await harness.batches.start(record)).toEqual({ wasStarted: false });
  expect(await endOf(harness, record)).toEqual(ALL_CREATED);
});

test("new batches wait while no version is the current one, and a client says so", async () => {
  const { harness, versions } = await open();
  await using _ = harness;
  await versions.start("1");
  const record = await harness.plan(ROWS, { maxRate: SLOW });
  await harness.batches.start(record);
  const running = [{ deploymentName: versions.name, buildId: "1" }];
  await expect
    .poll(() => harness.batches.versionWait(record))
    .toEqual({ version: undefined, isForNew: true, workflowIds: [], current: undefined, running });
  await versions.setCurrent("1");
  expect(await endOf(harness, record)).toEqual(ALL_CREATED);
});

test("the build id is the version of the package and a hash of its workflows", async () => {
  expect(await workerBuildId()).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
  expect(await workerBuildId()).toBe(await workerBuildId());
});
