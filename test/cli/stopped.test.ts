// What a follower says if an operator stops the workflow of a batch with Temporal's own buttons.
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { connectToTemporal } from "@caselink/test-support/cluster";
import { openCluster, type CliHarness } from "@caselink/test-support/cli";
import { batchWorkflowId } from "@caselink/workflows";
import type { Client } from "@temporalio/client";
import { expect, test } from "vitest";

const TICKETS = 60;

/** Starts a run, and suspends the API as soon as it has created something: the batch cannot end before it is stopped. */
async function startAndSuspend(stage: CliHarness, batch: string) {
  const { simulator } = stage;
  await stage.write("in.csv", csv(...rowsOf(TICKETS)));
  const suspended = simulator.waitFor(({ counts }) => counts.written >= 3).then(() => suspend(stage, true));
  const run = stage.follow(["run", "in.csv", "--batch", batch, "--max-rate", "10", "--yes"]);
  await suspended;
  return run;
}

const suspend = ({ simulator }: CliHarness, suspended: boolean): void => simulator.configure({ suspended });

const stops = {
  terminated: (client: Client, id: string) => client.workflow.getHandle(id).terminate("a button"),
  deleted: async (client: Client, workflowId: string) => {
    const { connection, options } = client;
    await connection.workflowService.deleteWorkflowExecution({
      namespace: options.namespace,
      workflowExecution: { workflowId },
    });
    await expect.poll(() => isKnown(client, workflowId)).toBe(false);
  },
};

const isKnown = (client: Client, workflowId: string): Promise<boolean> =>
  client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      () => true,
      () => false,
    );

test.for([
  ["terminated", /was terminated in Temporal \(a button\)\.\n/, /was terminated in Temporal$/],
  // Temporal terminates what it deletes.
  ["deleted", /was (terminated|deleted) in Temporal.*\.\n/, /^Temporal has no workflow of batch/],
] as const)(
  "run ends with 130 if its batch is %s, status says so, and attach finishes it",
  async ([how, message, reason]) => {
    await using stage = await openCluster();
    await stage.startWorker();
    const client = await connectToTemporal();
    const batch = newBatch("stopped");
    const run = await startAndSuspend(stage, batch);
    await stops[how](client, batchWorkflowId(batch));
    suspend(stage, false);
    const { status, stderr } = await run.ended;
    expect([status, stderr]).toEqual([130, expect.stringMatching(message)]);
    expect(stderr).toContain(`The batch is safe. Continue with: caselink attach ${batch}\n`);
    expect(stderr).not.toMatch(/CASELINK_DEBUG|\n\s+at /);
    const shown = await stage.run(["status", batch]);
    expect(shown.stdout).toContain("is not running");
    expect(shown.stdout).toMatch(new RegExp(`The ledger has an outcome for [0-9]+ of ${TICKETS} rows to send\\.`, "u"));
    expect(shown.stdout).toContain(`Continue with: caselink attach ${batch}`);
    const json = (await stage.run(["status", batch, "--json"])).last();
    expect(json).toMatchObject({ state: "interrupted", tickets: TICKETS });
    expect(json["reason"] ?? "").toMatch(reason);
    const attached = await stage.run(["attach", batch, "--json"]);
    expect([attached.status, attached.last()]).toMatchObject([0, { state: "completed", created: TICKETS }]);
    expect(stage.simulator.counts().written).toBe(TICKETS);
  },
);

test("a watched batch that was terminated can be cancelled, undone, retried and forgotten", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  const client = await connectToTemporal();
  const batch = newBatch("stopped");
  const run = await startAndSuspend(stage, batch);
  const attach = stage.follow(["attach", batch]);
  const watch = stage.follow(["status", batch, "--watch", "--json"]);
  await watch.says('"running"');
  // An attach that finds the batch terminated starts it again.
  await attach.says(` of ${TICKETS} tickets`);
  await client.workflow.getHandle(batchWorkflowId(batch)).terminate();
  suspend(stage, false);
  expect((await Promise.all([run.ended, attach.ended])).map(({ status }) => status)).toEqual([130, 130]);
  expect((await watch.ended).last()).toMatchObject({
    state: "interrupted",
    reason: expect.stringContaining("was terminated"),
  });
  expect((await stage.run(["cancel", batch])).status).toBe(0);
  const retried = await stage.run(["retry", batch, "--yes", "--json"]);
  expect(retried.status).toBe(0);
  const rows = await stage.report(batch);
  const created = rows.filter(({ outcome }) => outcome === "created").length;
  expect(retried.last()["created"]).toBe(TICKETS - created);
  const undone = await stage.run(["undo", batch, "--yes", "--json"]);
  expect([undone.status, undone.last()["removed"]]).toEqual([0, created]);
  expect((await stage.run(["forget", batch, "--yes"])).status).toBe(0);
});

test("run with the id of a batch that was terminated starts it again and finishes it", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  const client = await connectToTemporal();
  const batch = newBatch("stopped");
  const run = await startAndSuspend(stage, batch);
  await client.workflow.getHandle(batchWorkflowId(batch)).terminate();
  suspend(stage, false);
  await run.ended;
  const again = await stage.run(["run", "in.csv", "--batch", batch, "--max-rate", "10", "--yes", "--json"]);
  expect([again.status, again.last()]).toMatchObject([0, { state: "completed", created: TICKETS }]);
});

test("run ends with 130 if the workflow of its batch timed out, and attach finishes it", async () => {
  await using stage = await openCluster();
  const client = await connectToTemporal();
  const batch = newBatch("stopped");
  await stage.write("in.csv", csv("T1,R1,g"));
  const run = stage.follow(["run", "in.csv", "--batch", batch, "--yes"]);
  await expect.poll(() => isKnown(client, batchWorkflowId(batch))).toBe(true);
  // It has no worker. Only an operator can give a batch a timeout.
  await client.workflow.start("batch", {
    workflowId: batchWorkflowId(batch),
    taskQueue: batch,
    workflowIdConflictPolicy: "TERMINATE_EXISTING",
    workflowExecutionTimeout: "3 seconds",
  });
  const { status, stderr } = await run.ended;
  expect([status, stderr]).toEqual([130, expect.stringContaining(`batch ${batch} timed out in Temporal.\n`)]);
  expect((await stage.run(["status", batch])).stdout).toContain("timed out in Temporal.");
  await stage.startWorker();
  const attached = await stage.run(["attach", batch, "--json"]);
  expect([attached.status, attached.last()]).toMatchObject([0, { state: "completed", created: 1 }]);
});
