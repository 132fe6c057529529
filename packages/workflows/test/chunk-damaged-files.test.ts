import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BatchRecord, Ledger } from "@caselink/ledger";
import { expect, test } from "vitest";
import { openEngineHarness, type EngineHarness, type Row } from "./support/engine-harness.ts";
import { sum, workAll } from "./support/work-all.ts";
import { linesOf } from "./support/lines-of.ts";

/** These tickets have one lane. */
const CHUNK = "f-00000";
const [T1, T2, T3] = ["T4", "T7", "T18"] as const;
const rowsOf = (...tickets: string[]): Row[] => tickets.map((ticket) => [ticket, "r"]);

type Kind = "snapshots" | "results" | "chunks";

/** Damages a file of the chunk. Returns how to restore it. */
async function damage({ ledger }: EngineHarness, { id }: BatchRecord, kind: Kind): Promise<() => Promise<void>> {
  const folder = join(ledger.location, "batches", id, kind, ...(kind === "chunks" ? [] : [CHUNK]));
  const name = (await readdir(folder))
    .filter((file) => kind !== "chunks" || file.startsWith(CHUNK))
    .sort()
    .at(-1);
  const path = join(folder, name ?? "");
  const whole = await readFile(path);
  await writeFile(path, "{");
  return () => writeFile(path, whole);
}

/** An attempt that dies before it stores what it has created. */
async function leaveAmbiguous(harness: EngineHarness, record: BatchRecord): Promise<void> {
  const ledger: Ledger = { ...harness.ledger, writeResults: () => Promise.reject(new Error("killed")) };
  await expect(workAll(harness, record, { ledger })).rejects.toThrow("killed");
}

const messageOf = async ({ ledger }: EngineHarness, { id }: BatchRecord): Promise<string> =>
  (await ledger.readResults(id, CHUNK)).map(({ error_message }) => error_message ?? "").join("");

test.for<Kind>(["snapshots", "results", "chunks"])(
  "a batch with a damaged file of its %s holds its own tickets, and other batches go on with the rest of the lane",
  async (kind) => {
    await using harness = await openEngineHarness();
    const one = await harness.plan(rowsOf(T1, T2), { id: "one" });
    const two = await harness.plan(rowsOf(T1, T3), { id: "two" });
    await leaveAmbiguous(harness, one);
    await harness.ledger.writeResults(one.id, CHUNK, []);
    const restore = await damage(harness, one, kind);

    const turns = await workAll(harness, two);
    expect(await harness.outcomes(two.id)).toEqual(["null", "created"]);
    expect([sum(turns, "retryable"), sum(turns, "deferred")]).toEqual([1, 0]);
    expect(await messageOf(harness, two)).toMatch(/^batch one may have written to the ticket.*one.*copy/u);
    expect(turns[0]?.waitReason).toMatchObject({ kind: "worker", reason: expect.stringMatching(/batch one.*copy/u) });
    await expect(workAll(harness, one)).rejects.toThrow(/copy/u);

    await restore();
    await workAll(harness, one);
    await workAll(harness, two);
    expect(await harness.outcomes(one.id)).toEqual(["created", "created"]);
    expect(await harness.outcomes(two.id)).toEqual(["already_associated", "created"]);
  },
);

test("a lane waits if neither the tickets of a chunk that its lease names nor the snapshot can be read", async () => {
  await using harness = await openEngineHarness();
  const one = await harness.plan(rowsOf(T1, T2), { id: "one" });
  const two = await harness.plan(rowsOf(T3), { id: "two" });
  await leaveAmbiguous(harness, one);
  const restore = await Promise.all([damage(harness, one, "snapshots"), damage(harness, one, "chunks")]);
  await expect(workAll(harness, two)).rejects.toThrow(/one.*copy/u);
  await Promise.all(restore.map((each) => each()));
  await workAll(harness, two);
  expect(await harness.outcomes(two.id)).toEqual(["created"]);
});

test.for([
  ["before", ["created", "created"], ["already_associated", "created"]],
  ["after", ["created", "already_associated"], ["created", "created"]],
] as const)(
  "a process that stalled in a chunk whose snapshot was damaged, and wakes up %s the next turn, claims nothing of another batch",
  async ([wakes, ofOne, ofTwo]) => {
    await using harness = await openEngineHarness();
    let time = Date.parse("2026-11-29T12:00:00Z");
    const clock = { now: () => time, sleep: async (milliseconds: number) => void (time += milliseconds) };
    const one = await harness.plan(rowsOf(T1, T2), { id: "one" });
    const two = await harness.plan(rowsOf(T2, T3), { id: "two" });
    harness.simulator.failNext({ operation: "list", ticket: T2, fault: "http503", times: 4 });
    await leaveAmbiguous(harness, one);
    expect((await harness.ledger.readSnapshot(one.id, CHUNK)).map(({ ticket }) => ticket)).toEqual([T1]);

    const [asleep, awake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const stalling: Ledger = {
      ...harness.ledger,
      async writeSnapshot(batchId, chunkId, file, after) {
        if (linesOf(file).some(({ ticket }) => ticket === T2)) {
          asleep.resolve();
          await awake.promise;
        }
        return harness.ledger.writeSnapshot(batchId, chunkId, file, after);
      },
    };
    const stalled = workAll(harness, one, { ledger: stalling, dependencies: clock });
    await asleep.promise;
    const restore = await damage(harness, one, "snapshots");
    await workAll(harness, two, { dependencies: clock });
    await restore();
    if (wakes === "after") await workAll(harness, two, { dependencies: clock });
    awake.resolve();
    await expect(stalled).rejects.toThrow(/another attempt/iu);
    for (const record of [two, one, two]) await workAll(harness, record, { dependencies: clock });
    expect(await harness.outcomes(one.id)).toEqual(ofOne);
    expect(await harness.outcomes(two.id)).toEqual(ofTwo);
    expect(harness.simulator.violations().repeatedCreates).toEqual([]);
  },
);
