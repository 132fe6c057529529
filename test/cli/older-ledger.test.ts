// What commands say if the ledger was restored from a copy that is older than what Temporal knows.
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { openCluster, openProcessHarness, type CliHarness } from "@caselink/test-support/cli";
import { expect, test } from "vitest";

const TICKETS = 12;

/** Runs a batch to its end and restores the ledger as it was while it was paused before. */
async function restoreOlder(stage: CliHarness, batch: string): Promise<void> {
  const worker = await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(TICKETS)));
  // The batch cannot end before it is resumed, however late the pause comes.
  stage.simulator.failNext({ operation: "create", ticket: "T0", fault: "http503", times: 1_000_000 });
  await stage.run(["run", "in.csv", "--batch", batch, "--max-rate", "2", "--yes", "--detach"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 3);
  expect((await stage.run(["pause", batch])).status).toBe(0);
  await worker.stop();
  const copy = join(stage.folder, "copy");
  await cp(stage.ledger, copy, { recursive: true });
  stage.simulator.clearFaults();
  await stage.startWorker();
  expect((await stage.run(["resume", batch])).status).toBe(0);
  expect((await stage.run(["attach", batch])).status).toBe(0);
  await rm(stage.ledger, { recursive: true });
  await cp(copy, stage.ledger, { recursive: true });
}

test("a batch that ended after the ledger was copied is not reported as complete", async () => {
  await using stage = await openCluster();
  const batch = newBatch("older");
  await restoreOlder(stage, batch);
  const reason = `Temporal recorded an end of batch ${batch} that the ledger does not have`;
  const command = `temporal workflow delete --workflow-id caselink-batch:${batch}\n`;
  for (const [action, ...more] of [["attach"], ["cancel"], ["pause"], ["resume"], ["rate", "5"]] as const) {
    const { status, stdout, stderr } = await stage.run([action, batch, ...more]);
    expect([action, status, stdout]).toEqual([action, 2, ""]);
    expect(stderr).toContain(`${reason}.\nNothing was sent.\n`);
    expect(stderr).toContain(command);
  }
  const checked = await stage.run(["doctor", "--json"]);
  expect([checked.status, checked.lines().find(({ check }) => check === "batches")]).toMatchObject([
    2,
    { state: "failed", message: reason, advice: expect.stringContaining("Stop the workers") },
  ]);
  const rerun = await stage.run(["run", "in.csv", "--batch", batch, "--max-rate", "2", "--detach"]);
  expect([rerun.status, rerun.stderr]).toEqual([2, expect.stringContaining(reason)]);
  expect((await stage.run(["status", batch])).stdout).toContain(command);
  const shown = (await stage.run(["status", batch, "--json"])).last();
  expect(shown).toMatchObject({ state: "interrupted", tickets: TICKETS, reason });
});

test("an id that Temporal knows from another plan leaves no plan in the ledger", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  const batch = newBatch("older");
  await stage.write("in.csv", csv(...rowsOf(3)));
  expect((await stage.run(["run", "in.csv", "--batch", batch, "--yes"])).status).toBe(0);
  await rm(stage.ledger, { recursive: true });
  const again = await stage.run(["run", "in.csv", "--batch", batch, "--yes"]);
  expect([again.status, again.stderr]).toEqual([2, expect.stringContaining("planned in another ledger")]);
  expect(again.stderr).toContain(`temporal workflow delete --workflow-id caselink-batch:${batch}`);
  expect((await stage.run(["list"])).stdout).toContain("has no batches yet");
  expect(stage.simulator.counts().written).toBe(3);
});

test("without a cluster, the local Temporal's files are named, and without them the batch continues", async () => {
  await using stage = await openProcessHarness();
  await stage.write("in.csv", csv(...rowsOf(3)));
  expect((await stage.run(["run", "in.csv", "--batch", "older", "--yes"])).status).toBe(0);
  for (const written of ["summary.json", "results", "snapshots"])
    await rm(join(stage.ledger, "batches/older", written), { recursive: true });
  const attached = await stage.run(["attach", "older"]);
  expect([attached.status, attached.stderr]).toEqual([2, expect.stringContaining(join(stage.home, "temporal.db*"))]);
  for (const ending of ["", "-wal", "-shm"]) await rm(join(stage.home, `temporal.db${ending}`), { force: true });
  const again = await stage.run(["attach", "older", "--json"]);
  expect([again.status, again.last()]).toMatchObject([0, { state: "completed", already_associated: 3 }]);
  expect(stage.simulator.violations().repeatedCreates).toEqual([]);
});
