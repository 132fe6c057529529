import type { ChunkRow, RowResult, SnapshotEntry } from "@caselink/ledger";
import { expect, test } from "vitest";
import { MemoryLedger } from "../../test/support/memory-ledger.ts";
import { ChunkRecord } from "./chunk-record.ts";

const CHUNK = "b/a-00000";
const NOW = Date.parse("2026-01-01T00:00:00.000Z");
const ROWS: ChunkRow[] = ["a", "b", "c", "d"].map((related, at) => ({ row: at + 1, related }));

interface Stored {
  /** Default: ticket T has the rows 1 and 2, ticket U the rows 3 and 4. */
  rows?: ChunkRow[];
  results?: RowResult[];
  snapshot?: SnapshotEntry[];
  kind?: "create" | "undo";
}

async function openRecord({ rows = ROWS, results = [], snapshot = [], kind = "create" }: Stored = {}) {
  const ledger = new MemoryLedger();
  const [first, last] = [rows.slice(0, 2), rows.slice(2)];
  const chunk = [
    { ticket: "T", group: "g", rows: first },
    { ticket: "U", group: "h", rows: last },
  ];
  ledger.chunks.set(CHUNK, chunk);
  if (results.length > 0) ledger.results.set(CHUNK, { version: 4, lines: results });
  if (snapshot.length > 0) ledger.snapshots.set(CHUNK, { version: 7, lines: snapshot });
  const clock = { now: NOW, isHeld: true };
  const record = await ChunkRecord.open(
    ledger,
    { batchId: "b", kind, lane: "a", index: 0 },
    {
      now: () => clock.now,
      beforeWrite: async () => {
        if (!clock.isHeld) throw new Error("another attempt holds the lane");
      },
    },
  );
  return {
    record,
    ledger,
    clock,
    storedResults: () => ledger.results.get(CHUNK)?.lines,
    storedSnapshot: () => ledger.snapshots.get(CHUNK)?.lines,
  };
}

const [a, b, c, d] = ROWS as [ChunkRow, ChunkRow, ChunkRow, ChunkRow];
const done = (row: number, outcome: NonNullable<RowResult["outcome"]>): RowResult => ({ row, outcome, attempts: 1 });

test("the open tickets are those with rows that have no outcome, with what the batch added to them", async () => {
  const { record } = await openRecord({ results: [done(1, "created"), { row: 3, attempts: 1 }] });
  expect(record.openTickets()).toEqual([
    { ticket: "T", group: "g", open: [b], addedIds: ["a"], removedIds: [] },
    { ticket: "U", group: "h", open: [c, d], addedIds: [], removedIds: [] },
  ]);
  const restored = await openRecord({ results: [done(1, "restored"), done(3, "not_found"), done(4, "created")] });
  expect(restored.record.openTickets()).toMatchObject([{ ticket: "T", addedIds: ["a"] }]);
});

test("what the batch removed counts for a minute: reads may show it until then", async () => {
  const removed = { ...done(1, "removed"), settled_at: new Date(NOW).toISOString() };
  const { record, clock } = await openRecord({ kind: "undo", results: [removed, { row: 3, attempts: 1 }] });
  const removedIds = () => record.openTickets().map((work) => work.removedIds);
  clock.now = NOW + 59_999;
  expect(removedIds()).toEqual([["a"], []]);
  clock.now = NOW + 60_000;
  expect(removedIds()).toEqual([[], []]);
  const before = await openRecord({ results: [{ ...done(1, "created"), settled_at: new Date(NOW).toISOString() }] });
  expect(before.record.openTickets()[0]?.removedIds).toEqual([]);
});

test.for([
  [[], false, false],
  [[{ row: 1, attempts: 2 }], false, false],
  [[done(1, "forbidden")], false, false],
  [[done(1, "not_found")], true, false],
  [[done(1, "forbidden"), done(2, "created")], true, true],
  [[done(1, "restored")], true, true],
  [[done(1, "removed")], true, true],
] as const)(
  "the results %o say whether the API accepted and executed requests",
  async ([results, accepted, written]) => {
    const { record } = await openRecord({ results: [...results] });
    expect([record.wasAccepted, record.hasWritten]).toEqual([accepted, written]);
  },
);

test("a ticket is ambiguous while its snapshot is open and it has rows without an outcome", async () => {
  const snapshot: SnapshotEntry[] = [
    { ticket: "T", present: ["x"] },
    { ticket: "U", present: [], closed: true },
  ];
  const { record, ledger, storedSnapshot } = await openRecord({ snapshot });
  expect(record.snapshotOf("T")).toEqual(new Set(["x"]));
  expect([record.snapshotOf("U"), record.snapshotOf("V")]).toEqual([undefined, undefined]);
  expect(record.ambiguousTickets().map(({ ticket }) => ticket)).toEqual(["T"]);
  await record.closeSnapshots(["T", "U", "V"]);
  expect(storedSnapshot()).toEqual([{ ticket: "T", present: ["x"], closed: true }, snapshot[1]]);
  expect([record.ambiguousTickets(), ledger.stored]).toEqual([[], ["snapshot 8"]]);
  await record.closeSnapshots(["T", "U"]);
  expect(ledger.stored).toEqual(["snapshot 8"]);
});

test("a ticket whose rows are settled is not ambiguous", async () => {
  const { record } = await openRecord({
    snapshot: [{ ticket: "T", present: [] }],
    results: [done(1, "created"), done(2, "created")],
  });
  expect(record.ambiguousTickets()).toEqual([]);
});

test("a new snapshot keeps what was displaced, and leaves out what the API confirmed and did not show before", async () => {
  const { record, storedSnapshot } = await openRecord({
    snapshot: [{ ticket: "T", present: ["w"], closed: true, lost: ["z"] }],
    results: [
      { row: 1, attempts: 1, confirmed: true },
      { row: 2, attempts: 1 },
    ],
  });
  expect(record.openTickets()[0]?.confirmedIds).toEqual(["a"]);
  record.addToSnapshot("T", new Set(["a", "b", "x"]));
  record.addToSnapshot("U", new Set(["y"]));
  expect(record.snapshotOf("T")).toEqual(new Set(["b", "x"]));
  await record.storeSnapshot();
  expect(storedSnapshot()).toEqual([
    { ticket: "T", present: ["b", "x"], lost: ["z"] },
    { ticket: "U", present: ["y"] },
  ]);
});

test("the snapshot of an undo has what a confirmed removal removed, and not what a confirmed restore restored", async () => {
  const { record } = await openRecord({
    kind: "undo",
    rows: [a, { ...b, restore: true }, c, d],
    results: [
      { row: 1, attempts: 1, confirmed: true },
      { row: 2, attempts: 1, confirmed: true },
    ],
  });
  record.addToSnapshot("T", new Set(["b", "x"]));
  expect(record.snapshotOf("T")).toEqual(new Set(["x", "a"]));
});

test("displaced associations are stored with the ticket's snapshot, once each", async () => {
  const { record, storedSnapshot, ledger } = await openRecord({ snapshot: [{ ticket: "T", present: ["x", "y"] }] });
  await record.storeDisplaced("V", ["x"]);
  expect(ledger.stored).toEqual([]);
  await record.storeDisplaced("T", ["x"]);
  await record.storeDisplaced("T", ["x", "y"]);
  expect(storedSnapshot()).toEqual([{ ticket: "T", present: ["x", "y"], lost: ["x", "y"] }]);
});

test("after an error the results are stored, and displaced associations that were not stored", async () => {
  const { record, ledger, storedSnapshot, storedResults } = await openRecord({
    snapshot: [{ ticket: "T", present: ["x"] }],
  });
  record.recordRow(a, 1, {}, "created");
  await record.salvage();
  expect(ledger.stored).toEqual(["results 1"]);
  ledger.beforeStore = () => {
    throw new Error("the disk is full");
  };
  await expect(record.storeDisplaced("T", ["x"])).rejects.toThrow("the disk is full");
  await record.salvage();
  ledger.beforeStore = () => undefined;
  await record.salvage();
  expect(ledger.stored.toSorted()).toEqual(["results 1", "results 2", "snapshot 8"]);
  expect([storedSnapshot()?.[0]?.lost, storedResults()?.length]).toEqual([["x"], 1]);
  await record.salvage();
  expect(ledger.stored.slice(3)).toEqual(["results 3"]);
});

test("one snapshot is stored at a time, and a failed one does not keep the next from being stored", async () => {
  const { record, ledger } = await openRecord();
  let storing = 0;
  let most = 0;
  let fails = true;
  ledger.beforeStore = async () => {
    most = Math.max(most, ++storing);
    await Promise.resolve();
    storing--;
    if (!fails) return;
    fails = false;
    throw new Error("for a moment");
  };
  const stored = await Promise.allSettled([record.storeSnapshot(), record.storeSnapshot(), record.storeSnapshot()]);
  expect(stored.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  expect([most, ledger.stored]).toEqual([1, ["snapshot 1", "snapshot 2"]]);
});

test("an attempt that lost the lane stores nothing", async () => {
  const { record, ledger, clock } = await openRecord();
  clock.isHeld = false;
  await expect(record.storeSnapshot()).rejects.toThrow("another attempt");
  await expect(record.storeResults()).rejects.toThrow("another attempt");
  expect(ledger.stored).toEqual([]);
});

test("sealing stores new versions of what was read", async () => {
  const { record, ledger } = await openRecord({
    results: [done(1, "created")],
    snapshot: [{ ticket: "T", present: [] }],
  });
  await record.seal();
  expect(ledger.stored).toEqual(["snapshot 8", "results 5"]);
});

test("a row's result adds up its attempts, and has a time once it is settled", async () => {
  const { record, storedResults, clock } = await openRecord({ results: [{ row: 1, attempts: 2, confirmed: true }] });
  record.recordRow(a, 1, { error_message: "down" });
  record.recordRow(b, 0, {});
  record.recordRow(c, 0, { error_message: "held" });
  record.recordRow(d, 1, {});
  await record.storeResults();
  expect(storedResults()).toEqual([
    { row: 1, attempts: 3, error_message: "down", confirmed: true },
    { row: 3, attempts: 0, error_message: "held" },
    { row: 4, attempts: 1 },
  ]);
  record.recordRow(a, 1, { http_status: 200 }, "created");
  clock.now++;
  record.recordRow(b, 0, {}, "already_associated");
  record.recordRow(c, 0, {}, "already_associated");
  await record.storeResults();
  expect(storedResults()).toEqual([
    { row: 1, attempts: 4, http_status: 200, outcome: "created", settled_at: "2026-01-01T00:00:00.000Z" },
    { row: 2, attempts: 0, outcome: "already_associated", settled_at: "2026-01-01T00:00:00.001Z" },
    { row: 3, attempts: 0, outcome: "already_associated", settled_at: "2026-01-01T00:00:00.001Z" },
    { row: 4, attempts: 1 },
  ]);
});

test("the counts are those of all turns, or of this attempt", async () => {
  const { record } = await openRecord({ results: [done(1, "created"), done(2, "created"), { row: 3, attempts: 1 }] });
  expect(record.counts()).toEqual({ outcomes: { created: 2 }, settledTickets: 1 });
  expect(record.countsSinceStart()).toEqual({ outcomes: { created: 0 }, settledTickets: 0 });
  record.recordRow(c, 1, {}, "created");
  record.recordRow(d, 1, {}, "not_found");
  expect(record.counts()).toEqual({ outcomes: { created: 3, not_found: 1 }, settledTickets: 2 });
  expect(record.countsSinceStart()).toEqual({ outcomes: { created: 1, not_found: 1 }, settledTickets: 1 });
});
