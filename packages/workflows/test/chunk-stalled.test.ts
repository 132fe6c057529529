import { rm } from "node:fs/promises";
import { join } from "node:path";
import { LedgerError, type BatchRecord, type Ledger } from "@caselink/ledger";
import { expect, test } from "vitest";
import { openEngineHarness, type EngineHarness } from "./support/engine-harness.ts";
import { workAll } from "./support/work-all.ts";

const away = async () => Promise.reject(new LedgerError("unavailable", "the storage is away for a moment"));
const ROWS = [["A", "r"]] as const;

/** Each wait moves it: what was verified before a wait is verified again after it. */
function openClock() {
  let time = Date.parse("2026-11-29T12:00:00Z");
  return { now: () => time, sleep: async (milliseconds: number) => void (time += milliseconds) };
}
type Clock = ReturnType<typeof openClock>;

/** A process that stalls before it stores its first snapshot. */
async function startStalled(harness: EngineHarness, record: BatchRecord, dependencies: Clock) {
  const [asleep, awake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const ledger: Ledger = {
    ...harness.ledger,
    async writeSnapshot(...written) {
      asleep.resolve();
      await awake.promise;
      return harness.ledger.writeSnapshot(...written);
    },
  };
  const turn = workAll(harness, record, { ledger, dependencies });
  await asleep.promise;
  return async (): Promise<void> => {
    awake.resolve();
    await expect(turn).rejects.toThrow(/another attempt/i);
  };
}

/** Works both batches to their end, after the stalled process of the first one has woken up. */
async function outcomesAfter(
  harness: EngineHarness,
  [one, two]: [BatchRecord, BatchRecord],
  wake: () => Promise<void>,
  dependencies: Clock,
) {
  await workAll(harness, two, { dependencies });
  await wake();
  await workAll(harness, one, { dependencies });
  return [await harness.outcomes(one.id), await harness.outcomes(two.id)];
}

test("a process that stalled in the batch's own chunk claims no association of another batch", async () => {
  await using harness = await openEngineHarness();
  const clock = openClock();
  const batches = await Promise.all([harness.plan(ROWS, { id: "one" }), harness.plan(ROWS, { id: "two" })]);
  const wake = await startStalled(harness, batches[0], clock);
  // The batch is paused: its turn sends nothing, and stores nothing but the seal.
  await workAll(harness, batches[0], { task: { budgetMs: 0 }, dependencies: clock });
  expect(await outcomesAfter(harness, batches, wake, clock)).toEqual([["already_associated"], ["created"]]);
});

test("a process that stalled claims no association of another batch if its successor fails before it seals", async () => {
  await using harness = await openEngineHarness();
  const clock = openClock();
  const batches = await Promise.all([harness.plan(ROWS, { id: "one" }), harness.plan(ROWS, { id: "two" })]);
  const wake = await startStalled(harness, batches[0], clock);
  const ledger = { ...harness.ledger, newestSnapshot: away };
  await expect(workAll(harness, batches[1], { ledger, dependencies: clock })).rejects.toThrow("away for a moment");
  expect(await outcomesAfter(harness, batches, wake, clock)).toEqual([["already_associated"], ["created"]]);
});

test("a process that stalled in storage without conditional writes claims no association of another batch", async () => {
  await using harness = await openEngineHarness();
  const clock = openClock();
  const plain = { ...harness, ledger: withoutConditions(harness.ledger) };
  const batches = await Promise.all([harness.plan(ROWS, { id: "one" }), harness.plan(ROWS, { id: "two" })]);
  const wake = await startStalled(plain, batches[0], clock);
  // The batch is paused: its turn sends nothing, and stores nothing but the seal.
  await workAll(plain, batches[0], { task: { budgetMs: 0 }, dependencies: clock });
  expect(await outcomesAfter(plain, batches, wake, clock)).toEqual([["already_associated"], ["created"]]);
});

/** Replaces a version that exists, as object storage does that ignores the condition of a write. */
function withoutConditions(ledger: Ledger): Ledger {
  const removeVersion = (kind: string, batchId: string, chunkId: string, after = 0) =>
    rm(join(ledger.location, "batches", batchId, kind, chunkId, `${String(after + 1).padStart(10, "0")}.jsonl`), {
      force: true,
    });
  return {
    ...ledger,
    hasConditionalWrites: async () => false,
    async writeSnapshot(batchId, chunkId, entries, after) {
      await removeVersion("snapshots", batchId, chunkId, after);
      return ledger.writeSnapshot(batchId, chunkId, entries, after);
    },
    async writeResults(batchId, chunkId, results, after) {
      await removeVersion("results", batchId, chunkId, after);
      return ledger.writeResults(batchId, chunkId, results, after);
    },
  };
}
