// A batch that one worker finds to damage tickets stops on all workers.
import { csv, newBatch } from "@caselink/test-support";
import { connectToTemporal } from "@caselink/test-support/cluster";
import { openProcessHarness, type CliHarness } from "@caselink/test-support/cli";
import { BatchClient } from "@caselink/workflows";
import { openLedger } from "@caselink/ledger";
import { expect, inject, test } from "vitest";

const TICKETS = Array.from({ length: 300 }, (_, at) => `T${at}`);
/** Each has an association that a replacing write takes away. */
const tickets = Object.fromEntries(TICKETS.map((ticket) => [ticket, ["old"]]));
const rows = csv(...TICKETS.map((ticket) => `${ticket},new,g`));

const openStage = (semantics: "add" | "replace"): Promise<CliHarness> =>
  openProcessHarness({ semantics, tickets, latencyMs: 10 }, { TEMPORAL_ADDRESS: inject("temporalAddress") });

const writesOf = ({ simulator }: CliHarness): string[] =>
  simulator
    .journal()
    .flatMap(({ operation, ticket = "" }) => (operation === "create" && tickets[ticket] ? [ticket] : []));

/** The API is as documented again, and both workers finish another batch on the same lanes. */
async function runAnother(stage: CliHarness): Promise<void> {
  stage.simulator.configure({ semantics: "add" });
  const input = await stage.write("other.csv", csv(...TICKETS.map((ticket) => `OTHER${ticket},new,g`)));
  const { status } = await stage.run(["run", input, "--batch", newBatch("other"), "--yes", "--json"]);
  expect(status).toBe(0);
}

test("two workers damage at most one ticket each before their batch is blocked, and none after that", async () => {
  await using stage = await openStage("replace");
  await stage.startWorkerProcess();
  await stage.startWorkerProcess();
  const input = await stage.write("in.csv", rows);
  const { status, stderr } = await stage.run(["run", input, "--batch", newBatch("damage"), "--yes"]);
  expect([status, stderr]).toEqual([4, expect.stringContaining("the API does not behave as documented")]);
  await runAnother(stage);
  expect(writesOf(stage).length).toBeLessThanOrEqual(2);
});

test("a worker that has seen the API behave stops when another one sees it damage a ticket", async () => {
  await using stage = await openStage("add");
  const batch = newBatch("damage");
  await stage.startWorkerProcess();
  const input = await stage.write("in.csv", rows);
  const run = stage.start(["run", input, "--batch", batch, "--max-rate", "2", "--yes"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 10);
  stage.simulator.configure({ semantics: "replace" });
  await stage.startWorkerProcess();
  const { status, stderr } = await run.ended;
  expect([status, stderr]).toEqual([4, expect.stringContaining("the API does not behave as documented")]);
  await endOfTurns(stage, batch);
  const written = writesOf(stage).length;
  expect(written).toBeLessThan(TICKETS.length);
  await runAnother(stage);
  expect(writesOf(stage)).toHaveLength(written);
});

/** Waits until no turn of the batch is in progress on any worker: one that does not know yet learns it with a heartbeat. */
async function endOfTurns(stage: CliHarness, batch: string): Promise<void> {
  const batches = new BatchClient(await connectToTemporal());
  const record = await openLedger(stage.ledger).batch(batch);
  if (!record) throw new Error(`no batch ${batch}`);
  await expect.poll(() => batches.lastHeartbeatAt(record)).toBeUndefined();
}
