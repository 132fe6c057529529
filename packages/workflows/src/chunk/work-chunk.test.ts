import type { LeaseRecord } from "@caselink/ledger";
import { expect, test } from "vitest";
import { MemoryTurns, REQUEST_LIMIT_MS } from "../../test/support/memory-turn.ts";
import { apiError, FORBIDDEN, LOST, NOT_EXECUTED, THROTTLED, UNAVAILABLE } from "../../test/support/scripted-api.ts";
import { RejectionClassifier } from "../batch/rejection-classifier.ts";
import { ConcurrencyLimit } from "../rate/concurrency-limit.ts";
import { readLagOf } from "./read-lag.ts";

const lease = (more: Partial<LeaseRecord> = {}): LeaseRecord => ({
  token: "before",
  epoch: 4,
  host: "h",
  pid: 1,
  taken_at: new Date(0).toISOString(),
  released: true,
  doubts: [],
  ...more,
});
const snapshotOf = (...tickets: string[]) => ({
  version: 1,
  lines: tickets.map((ticket) => ({ ticket, present: [] })),
});

test("a turn settles its tickets, stores the snapshot before the first write and the results at the end", async () => {
  const turns = new MemoryTurns({ T: ["x"] });
  turns.plan({ T: ["a", "x"], U: ["a"] });
  const heldBefore: number[] = [];
  turns.ledger.beforeStore = (what) => {
    if (what === "snapshot") heldBefore.push(turns.api.held("U").size);
  };
  const progress: unknown[] = [];
  const result = await turns.work({}, { onProgress: (counts) => progress.push(counts) });
  expect(result).toEqual({
    counts: { outcomes: { created: 2, already_associated: 1 }, settledTickets: 2 },
    deferred: 0,
    retryable: 0,
    ambiguous: 0,
    hasWritten: true,
    accepted: ["read", "write", "success"],
  });
  expect(turns.outcomes()).toEqual(["created", "already_associated", "created"]);
  expect(progress.at(-1)).toEqual(result.counts);
  expect(heldBefore).toEqual([0, 0]);
  expect(turns.lease).toMatchObject({
    released: true,
    doubts: [],
    epoch: 1,
    last_write: { batch: "b", read_lag_ms: 5_000 },
  });
});

test("a further attempt of a turn may have written, although it finds nothing to send", async () => {
  const turns = new MemoryTurns({ T: ["a"] });
  turns.plan({ T: ["b"] });
  const written = [];
  for (const turn of [7, 7, 8]) written.push((await turns.work({ turn })).hasWritten);
  expect(written).toEqual([true, true, false]);
});

test("a turn without rows to send writes nothing", async () => {
  const turns = new MemoryTurns({ T: ["a"] });
  turns.plan({ T: ["a"] });
  expect(await turns.work()).toMatchObject({ hasWritten: false, deferred: 0 });
  expect([turns.api.calls, turns.lease?.last_write]).toEqual([["list T"], undefined]);
  turns.api.calls.length = 0;
  const { length } = turns.ledger.stored;
  expect(await turns.work()).toMatchObject({ counts: { settledTickets: 1 } });
  expect([turns.api.calls, turns.ledger.stored.length]).toEqual([[], length]);
});

test("a ticket that an attempt has left ambiguous is named by the lease, and read first by the next turn", async () => {
  const turns = new MemoryTurns({}, (call) => ({ error: call.startsWith("list") ? NOT_EXECUTED : LOST, isDone: true }));
  turns.plan({ T: ["a"] });
  turns.ledger.snapshots.set("b/a-00000", snapshotOf("T"));
  const first = await turns.work();
  expect(first).toMatchObject({ ambiguous: 1, retryable: 0, deferred: 0, hasWritten: true });
  expect(turns.lease?.doubts).toEqual([{ batch: "b", chunk: "a-00000" }]);
  expect(turns.ledger.snapshots.get("b/a-00000")?.lines).toEqual([{ ticket: "T", present: [] }]);
});

test("a last turn gives up on ambiguous rows", async () => {
  const turns = new MemoryTurns({}, () => ({ error: NOT_EXECUTED }));
  turns.plan({ T: ["a"], U: ["b"] });
  turns.ledger.snapshots.set("b/a-00000", snapshotOf("T"));
  expect(await turns.work({ isLast: true })).toMatchObject({ ambiguous: 0, retryable: 1 });
  expect(turns.ledger.results.get("b/a-00000")?.lines).toMatchObject([
    { row: 1, outcome: "failed", error_message: expect.stringContaining("is unknown") as string },
    { row: 2, attempts: 1 },
  ]);
  expect(turns.lease?.doubts).toEqual([]);
});

test("a resolved ticket without an outcome is closed, so that its next turn reads it anew", async () => {
  const turns = new MemoryTurns({}, (call) =>
    call.startsWith("create") ? { error: apiError({ errorClass: "transient" }) } : undefined,
  );
  turns.plan({ T: ["a"] });
  expect(await turns.work()).toMatchObject({ retryable: 1, ambiguous: 0 });
  expect(turns.ledger.snapshots.get("b/a-00000")?.lines).toEqual([{ ticket: "T", present: [], closed: true }]);
  expect(turns.lease?.doubts).toEqual([]);
});

test("a turn without a budget reads what is ambiguous and starts nothing", async () => {
  const turns = new MemoryTurns({ T: ["a"] });
  turns.plan({ T: ["a", "b"], U: ["a"] });
  turns.ledger.snapshots.set("b/a-00000", snapshotOf("T"));
  expect(await turns.work({ budgetMs: 0 })).toMatchObject({
    deferred: 2,
    retryable: 0,
    ambiguous: 0,
    hasWritten: true,
  });
  expect([turns.outcomes(), turns.api.writes]).toEqual([["created"], []]);
});

test("tickets that do not fit into the budget are deferred", async () => {
  const turns = new MemoryTurns();
  turns.plan(Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`T${at}`, ["a"]])));
  const { deferred, counts } = await turns.work({ budgetMs: 100 });
  expect(deferred).toBeGreaterThan(0);
  expect((counts?.settledTickets ?? 0) + deferred).toBe(200);
  expect(await turns.work({ budgetMs: 60_000 })).toMatchObject({ deferred: 0, counts: { settledTickets: 200 } });
});

test("a turn that is stopped while it waits for an earlier holder does nothing, and does not release the lane", async () => {
  const turns = new MemoryTurns();
  turns.plan({ T: ["a"] });
  turns.ledger.leases.set("api-a", lease({ released: false }));
  turns.stop.abort();
  expect(await turns.work()).toEqual({ deferred: 1, retryable: 0, ambiguous: 0, hasWritten: false });
  expect([turns.api.calls, turns.lease?.released, turns.lease?.waits]).toEqual([[], false, true]);
});

test("a successor of a holder that may wake up waits, and seals the chunks before it trusts them", async () => {
  const turns = new MemoryTurns();
  turns.plan({ T: ["a"] });
  turns.plan({ U: ["a"] }, "other");
  turns.ledger.snapshots.set("other/a-00000", snapshotOf("U"));
  turns.ledger.leases.set("api-a", lease({ released: false, doubts: [{ batch: "other", chunk: "a-00000" }] }));
  await turns.work();
  expect(turns.clock.now()).toBeGreaterThanOrEqual(3_000 + REQUEST_LIMIT_MS);
  expect(turns.ledger.stored.slice(0, 4)).toEqual(["snapshot 2", "results 1", "snapshot 1", "results 1"]);
  expect(turns.lease).toMatchObject({ released: true, doubts: [{ batch: "other", chunk: "a-00000" }] });
  expect(turns.lease?.waits).toBeUndefined();
});

test("a turn waits until another batch's last write shows, and does nothing if it is stopped meanwhile", async () => {
  const last_write = { batch: "other", at: new Date(0).toISOString(), read_lag_ms: 7_000 };
  const turns = new MemoryTurns();
  turns.plan({ T: ["a"] });
  turns.ledger.leases.set("api-a", lease({ last_write }));
  await turns.work({}, { readLag: readLagOf(6_000) });
  expect(turns.clock.now()).toBeGreaterThanOrEqual(7_000);
  expect(turns.lease?.last_write).toMatchObject({ batch: "b", read_lag_ms: 6_000 });
  const stopped = new MemoryTurns();
  stopped.plan({ T: ["a"] });
  stopped.ledger.leases.set("api-a", lease({ last_write }));
  stopped.stop.abort();
  expect(await stopped.work()).toEqual({ deferred: 1, retryable: 0, ambiguous: 0, hasWritten: false });
  expect(stopped.lease?.released).toBe(true);
});

test("a ticket that another batch has left ambiguous waits, and its chunk stays named", async () => {
  const turns = new MemoryTurns();
  turns.plan({ T: ["a"], U: ["a"] });
  turns.plan({ T: ["b"] }, "other");
  turns.plan({ V: ["b"] }, "b", 3);
  turns.ledger.snapshots.set("other/a-00000", snapshotOf("T"));
  const doubts = [
    { batch: "other", chunk: "a-00000" },
    { batch: "b", chunk: "a-00003" },
  ];
  turns.ledger.leases.set("api-a", lease({ doubts }));
  expect(await turns.work()).toMatchObject({ retryable: 1, deferred: 0, otherDoubts: [{ lane: "a", index: 3 }] });
  expect(turns.ledger.results.get("b/a-00000")?.lines.find(({ row }) => row === 1)).toEqual({
    row: 1,
    attempts: 0,
    error_message: "batch other may have written to the ticket: this row waits until that batch has read it or ends",
  });
  expect([turns.outcomes(), turns.lease?.doubts]).toEqual([["-", "created"], doubts]);
});

test("held tickets are recorded although no ticket was started", async () => {
  const turns = new MemoryTurns();
  turns.plan({ T: ["a"] });
  turns.plan({ T: ["b"] }, "other");
  turns.ledger.snapshots.set("other/a-00000", snapshotOf("T"));
  turns.ledger.leases.set("api-a", lease({ doubts: [{ batch: "other", chunk: "a-00000" }] }));
  expect(await turns.work()).toMatchObject({ retryable: 1 });
  expect([turns.outcomes(), turns.api.calls]).toEqual([["-"], []]);
});

test("an API that does not work defers all tickets, and one of them goes ahead alone next time", async () => {
  const turns = new MemoryTurns({}, () => ({ error: THROTTLED }));
  const concurrencyLimit = new ConcurrencyLimit(9);
  turns.plan({ T: ["a"], U: ["a"] });
  const result = await turns.work({}, { concurrencyLimit });
  expect(result).toMatchObject({ deferred: 2, retryable: 0, waitReason: { kind: "slow-down" } });
  expect(concurrencyLimit.tickets).toBe(0);
  expect(await turns.work({}, { concurrencyLimit })).toMatchObject({ deferred: 2 });
  expect(turns.api.calls).toEqual(["list T", "list U", "list T"]);
});

test("a ticket that cannot be read is retryable, and settled if the API rejects it", async () => {
  const turns = new MemoryTurns({}, (call) =>
    call === "list T" ? { error: UNAVAILABLE } : call === "list U" ? { error: FORBIDDEN } : undefined,
  );
  turns.plan({ T: ["a"], U: ["a", "b"] });
  turns.dependencies.classifier.recordAccepted("read");
  expect(await turns.work()).toMatchObject({ retryable: 1, deferred: 0, counts: { settledTickets: 1 } });
  expect(turns.outcomes()).toEqual(["-", "forbidden", "forbidden"]);
});

test("a ticket that was stopped while it was read is deferred, and no failure is recorded", async () => {
  const turns = new MemoryTurns({}, () => {
    turns.stop.abort();
    return { error: NOT_EXECUTED };
  });
  turns.plan({ T: ["a"], U: ["a"] });
  expect(await turns.work()).toMatchObject({ deferred: 2, retryable: 0 });
  expect([turns.outcomes(), turns.api.calls]).toEqual([[], ["list T"]]);
});

test("earlier turns of the chunk prove that the API accepts requests", async () => {
  for (const [outcome, scopes] of [
    ["created", ["ticket", "ticket"]],
    ["not_found", ["ticket", "unknown"]],
    ["forbidden", ["unknown", "unknown"]],
  ] as const) {
    const turns = new MemoryTurns({}, () => ({ error: UNAVAILABLE }));
    turns.plan({ T: ["a", "b"] });
    turns.ledger.results.set("b/a-00000", { version: 1, lines: [{ row: 1, outcome, attempts: 1 }] });
    const classifier = new RejectionClassifier(100);
    await turns.work({}, { classifier });
    const seen = [classifier.scopeOf("read service", "T"), classifier.scopeOf("code OSM.1", "T")];
    expect([outcome, seen]).toEqual([outcome, scopes]);
  }
});

test("what earlier turns added and removed counts although reads do not show it", async () => {
  const turns = new MemoryTurns({ T: ["x", "y"] });
  turns.plan({ T: ["a", "b"] });
  turns.ledger.results.set("b/a-00000", { version: 1, lines: [{ row: 1, outcome: "created", attempts: 1 }] });
  await turns.work();
  expect(turns.outcomes()).toEqual(["created", "limit_reached"]);
  const undo = new MemoryTurns({ T: ["a", "y", "z"] });
  undo.plan({ T: ["a", { related: "r", restore: true }] });
  const settled_at = new Date(0).toISOString();
  undo.ledger.results.set("b/a-00000", {
    version: 1,
    lines: [{ row: 1, outcome: "removed", settled_at, attempts: 1 }],
  });
  await undo.work({ kind: "undo" });
  expect([undo.outcomes(), undo.api.writes]).toEqual([["removed", "restored"], ["create T y z r"]]);
});

test("tickets with mirrored rows come last", async () => {
  const turns = new MemoryTurns();
  turns.plan({ M: ["a", { related: "T", mirror_of: 9 }], T: ["M"], U: ["a"] });
  await turns.work();
  expect(turns.api.writes.map((call) => call.split(" ")[1])).toEqual(["T", "U", "M"]);
});

test("on a symmetric API a lane that is not shared sends nothing, and asks for the shared one", async () => {
  const turns = new MemoryTurns();
  turns.plan({ T: ["a"] });
  const symmetry = { isSymmetric: true, learn: async () => undefined };
  expect(await turns.work({}, { symmetry })).toMatchObject({ deferred: 1, needsSharedLane: true });
  expect(turns.api.calls).toEqual([]);
  const shared = await turns.work({ isShared: true }, { symmetry });
  expect([shared.needsSharedLane, shared.deferred]).toEqual([undefined, 0]);
});

test("on an API that is known not to be symmetric, no one looks at the related ticket", async () => {
  const turns = new MemoryTurns();
  turns.plan({ T: ["a"] });
  const symmetry = { isSymmetric: false, learn: async () => undefined };
  expect((await turns.work({}, { symmetry })).needsSharedLane).toBeUndefined();
  expect(turns.api.calls).toEqual(["list T", "create T a", "list T"]);
});

test("a first write that is not read back because the turn is stopped stays ambiguous", async () => {
  const turns = new MemoryTurns({}, (call) => {
    if (call.startsWith("create")) turns.stop.abort();
    return undefined;
  });
  turns.plan({ T: ["a"] });
  expect(await turns.work()).toMatchObject({ ambiguous: 1, deferred: 0, hasWritten: true });
  expect([turns.outcomes(), turns.api.calls]).toEqual([["-"], ["list T", "create T a"]]);
});

test("the first write of a batch finds out whether the API is symmetric", async () => {
  const turns = new MemoryTurns();
  turns.plan({ T: ["a"] });
  const create = turns.api.createAssociations;
  turns.api.createAssociations = async (request) => {
    for (const id of request.relatedIds) turns.api.held(id).add(request.ticketId);
    return create(request);
  };
  const learned: string[] = [];
  const symmetry = { isSymmetric: undefined, learn: async (evidence: string) => void learned.push(evidence) };
  await turns.work({}, { symmetry });
  expect(learned).toEqual(["after creating T -> a, the list of a had T"]);
  expect(turns.api.calls).toEqual(["list T", "list a", "create T a", "list T", "list a"]);
});

test("a read lag that was seen is reported and kept with the lease", async () => {
  const turns = new MemoryTurns();
  turns.plan({ T: ["a"] });
  const result = await turns.work({}, { readLag: readLagOf(9_000) });
  expect([result.readLagMs, turns.lease?.last_write?.read_lag_ms]).toEqual([9_000, 9_000]);
});

test("after an error the turn fails, what is known is stored, and the lease names the chunk", async () => {
  const turns = new MemoryTurns({}, (call) => (call === "create U a" ? { error: new TypeError("a bug") } : undefined));
  turns.plan({ T: ["a"], U: ["a"] });
  await expect(turns.work()).rejects.toThrow("a bug");
  expect(turns.outcomes()).toEqual(["created"]);
  expect(turns.lease).toMatchObject({ released: true, doubts: [{ batch: "b", chunk: "a-00000" }] });
});

test("an error while an ambiguous ticket is read fails the turn, after all others were read", async () => {
  const turns = new MemoryTurns({ U: ["a"] }, (call) =>
    call === "list T" ? { error: new TypeError("a bug") } : undefined,
  );
  turns.plan({ T: ["a"], U: ["a"] });
  turns.ledger.snapshots.set("b/a-00000", snapshotOf("T", "U"));
  await expect(turns.work()).rejects.toThrow("a bug");
  expect(turns.outcomes()).toEqual(["created"]);
});

test("an attempt that lost its lease writes nothing more, and stores nothing", async () => {
  const turns = new MemoryTurns({}, (call) => {
    if (call === "list T") turns.ledger.leases.set("api-a", lease({ token: "successor", epoch: 9 }));
    return undefined;
  });
  turns.plan({ T: ["a"], U: ["a"] });
  await expect(turns.work()).rejects.toThrow("another attempt holds lane api-a");
  expect([turns.lease?.token, turns.lease?.released]).toEqual(["successor", true]);
});
