// Workers of several versions on one Temporal server, while batches run.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { NO_VIOLATIONS } from "@caselink/test-support";
import { expect, inject, test } from "vitest";
import { Worker } from "@temporalio/worker";
import { batchWorkflowId, endpointKey, laneWorkflowId, workerBuildId, workflowBundlePath } from "../src/index.ts";
import type { Row } from "./support/engine-harness.ts";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";
import { Versions } from "./support/worker-versions.ts";

const ROWS = Array.from({ length: 400 }, (_, at): Row => [`T${at}`, `r${at % 3}`]);
/** Requests per second of each worker: the batch runs until its workers are replaced. */
const SLOW = 3;
/** A worker that was killed counts as gone after 90 s. */
const LATER_MS = 100_000;

async function open(): Promise<{ harness: TemporalHarness; versions: Versions }> {
  const harness = await openTemporalHarness(inject("temporalAddress"));
  await harness.stopWorker();
  return { harness, versions: new Versions(harness) };
}

/** Runs the Temporal CLI, as the guide shows it. */
async function temporal(...args: string[]): Promise<void> {
  await promisify(execFile)(inject("temporalCli"), [...args, "--address", inject("temporalAddress")]);
}

/** Starts a batch that is slow, and returns as soon as it has written. */
async function start({ plan, batches, simulator }: TemporalHarness) {
  const record = await plan(ROWS, { maxRate: SLOW });
  await batches.start(record);
  await simulator.waitFor(({ counts }) => counts.written >= 5);
  return record;
}

/** The batch ends soon: every row was created, and none twice. */
async function expectAll({ batches, simulator, outcomes }: TemporalHarness, batchId: string): Promise<void> {
  await batches.setMaxRate(batchId, undefined);
  expect(await batches.summary(batchId)).toMatchObject({ state: "completed", created: ROWS.length });
  expect(await outcomes(batchId)).toEqual(ROWS.map(() => "created"));
  expect(simulator.counts().written).toBe(ROWS.length);
  expect(simulator.violations()).toEqual(NO_VIOLATIONS);
}

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
  const { id, chunks } = await start(harness);
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
  await expectAll(harness, id);
  // On the versions 1, 2 and 1 again, and without one.
  const lane = laneWorkflowId(endpointKey(harness.simulator.url), Object.keys(chunks)[0] ?? "");
  for (const workflowId of [batchWorkflowId(id), lane])
    expect(await replayRuns(harness, workflowId)).toBeGreaterThanOrEqual(4);
});

test("a batch that workers without a version began goes on with those of a version", async () => {
  const { harness, versions } = await open();
  await using _ = harness;
  await harness.startWorker();
  const { id } = await start(harness);
  await versions.start("1");
  await versions.setCurrent("1");
  await versions.whenOn("1", id);
  await harness.stopWorker();
  await expectAll(harness, id);
});

test("workers of an account with the version before work the chunks of lanes that have moved", async () => {
  const { harness, versions } = await open();
  await using _ = harness;
  await versions.start("1", "a");
  await versions.start("2", "b");
  await versions.setCurrent("2");
  const record = await harness.plan(ROWS, { account: "a" });
  await harness.batches.start(record);
  await expectAll(harness, record.id);
});

test("a paused batch moves when a signal wakes it up", async () => {
  const { harness, versions } = await open();
  await using _ = harness;
  const first = await versions.start("1");
  await versions.setCurrent("1");
  const { id } = await start(harness);
  await harness.batches.pause(id);
  await harness.simulator.waitFor(({ counts }) => counts.inFlight === 0);
  await versions.start("2");
  await versions.setCurrent("2");
  const query = `TemporalWorkerDeploymentVersion = '${versions.name}:1' AND ExecutionStatus = 'Running'`;
  const moved = versions.whenOn("2", id);
  let isMoved = false;
  void moved.then(() => (isMoved = true));
  // A run that began less than 10 s ago stays.
  while (!isMoved) {
    await temporal("workflow", "signal", "--query", query, "--name", "wake", "--yes");
    await Promise.race([moved, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  }
  await first[Symbol.asyncDispose]();
  await harness.batches.resume(id);
  await expectAll(harness, id);
});

test.for(["update-options", "terminate"] as const)("a batch whose version is gone is moved by %s", async (way) => {
  const { harness, versions } = await open();
  await using _ = harness;
  const first = await versions.start("1");
  await versions.setCurrent("1");
  const record = await start(harness);
  await first[Symbol.asyncDispose]();
  await versions.start("2");
  await versions.setCurrent("2");
  expect(await harness.batches.versionWait(record)).toBeUndefined();
  const wait = await harness.batches.versionWait(record, Date.now() + LATER_MS);
  expect(wait).toMatchObject({ version: { deploymentName: versions.name, buildId: "1" }, isForNew: false });
  expect(wait?.workflowIds).toContain(batchWorkflowId(record.id));
  const query = `TemporalWorkerDeploymentVersion = '${versions.name}:1' AND ExecutionStatus = 'Running'`;
  if (way === "update-options") {
    const target = ["--versioning-override-deployment-name", versions.name, "--versioning-override-build-id", "2"];
    const behavior = ["--versioning-override-behavior", "one_time"];
    await temporal("workflow", "update-options", "--query", query, ...behavior, ...target, "--yes");
  } else {
    await temporal("workflow", "terminate", "--query", query, "--reason", "its version is gone", "--yes");
    await expect(harness.batches.summary(record.id)).rejects.toMatchObject({ how: "terminated" });
    expect(await harness.batches.start(record)).toEqual({ wasStarted: false });
  }
  await expectAll(harness, record.id);
});

test("new batches wait while no version is the current one, and a client says so", async () => {
  const { harness, versions } = await open();
  await using _ = harness;
  await versions.start("1");
  const record = await harness.plan(ROWS);
  await harness.batches.start(record);
  const running = [{ deploymentName: versions.name, buildId: "1" }];
  await expect
    .poll(() => harness.batches.versionWait(record))
    .toEqual({ version: undefined, isForNew: true, workflowIds: [], current: undefined, running });
  await versions.setCurrent("1");
  await expectAll(harness, record.id);
});

test("the build id is the version of the package and a hash of its workflows", async () => {
  expect(await workerBuildId()).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
  expect(await workerBuildId()).toBe(await workerBuildId());
});
