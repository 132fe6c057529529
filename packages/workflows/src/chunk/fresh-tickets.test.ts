import { expect, test } from "vitest";
import { MemoryTurns } from "../../test/support/memory-turn.ts";
import { apiError, FORBIDDEN, NOT_EXECUTED, THROTTLED, type Fault } from "../../test/support/scripted-api.ts";
import { linesOf } from "../../test/support/lines-of.ts";
import { queueOfOne } from "../../test/support/request-queues.ts";
import { ConcurrencyLimit } from "../rate/concurrency-limit.ts";
import type { BatchRequests } from "../rate/request-queues.ts";
import { UnsentError } from "./verdict.ts";

/** The queue of a batch without a maximum rate, which counts its tickets in progress. */
function countingQueue(more: { hasRoom?: () => boolean; isLimited?: boolean } = {}) {
  const count = { now: 0, most: 0 };
  const requests: BatchRequests = {
    ...queueOfOne(),
    isLimited: more.isLimited ?? false,
    get hasRoom() {
      return more.hasRoom?.() ?? true;
    },
    ticketStarted: () => void (count.most = Math.max(count.most, ++count.now)),
    ticketFinished: () => void count.now--,
  };
  return { requests, count };
}

function turnsOf(tickets: number, faultOf?: (call: string) => Fault): MemoryTurns {
  const turns = new MemoryTurns({}, faultOf);
  turns.plan(Object.fromEntries(Array.from({ length: tickets }, (_, at) => [`T${at}`, ["a"]])));
  return turns;
}

test("a process that knows nothing of the API works one ticket alone, and then several at the same time", async () => {
  const turns = turnsOf(5);
  const concurrencyLimit = new ConcurrencyLimit();
  await turns.work({}, { concurrencyLimit });
  const { calls } = turns.api;
  expect(calls.slice(0, 3)).toEqual(["list T0", "create T0 a", "list T0"]);
  expect(calls.slice(3, 7)).toEqual(["list T1", "list T2", "list T3", "list T4"]);
  expect(concurrencyLimit.tickets).toBeGreaterThanOrEqual(8);
});

test("a ticket alone that finds the API not working leaves the process as it is", async () => {
  const turns = turnsOf(5, () => ({ error: THROTTLED }));
  const concurrencyLimit = new ConcurrencyLimit();
  expect(await turns.work({}, { concurrencyLimit })).toMatchObject({ deferred: 5 });
  expect([turns.api.calls, concurrencyLimit.tickets]).toEqual([["list T0"], 0]);
});

test("an API that stops working while tickets are in progress starts no other", async () => {
  let reads = 0;
  const turns = turnsOf(30, (call) => (call.startsWith("list") && ++reads > 4 ? { error: THROTTLED } : undefined));
  const concurrencyLimit = new ConcurrencyLimit(3);
  const { deferred, counts } = await turns.work({}, { concurrencyLimit });
  expect(deferred + (counts?.settledTickets ?? 0)).toBe(30);
  expect(turns.api.calls.length).toBeLessThan(15);
  expect(concurrencyLimit.tickets).toBe(0);
});

test.for([
  ["the process's tickets", 3, undefined, true, 3],
  ["the lane's share of them", 9, 2, true, 2],
  ["one at least", 9, 0, true, 1],
  ["one, for a batch whose maximum rate leaves no room", 9, undefined, false, 1],
] as const)("a lane works at the same time: %s", async ([, tickets, share, hasRoom, most]) => {
  const turns = turnsOf(12);
  const { requests, count } = countingQueue({ hasRoom: () => hasRoom });
  const concurrencyLimit = new ConcurrencyLimit(tickets);
  concurrencyLimit.ticketTook = () => undefined;
  const maxConcurrency = share === undefined ? undefined : () => share;
  await turns.work({}, { concurrencyLimit, requests, ...(maxConcurrency && { maxConcurrency }) });
  expect([count.most, count.now, turns.outcomes().length]).toEqual([most, 0, 12]);
});

test("the limit learns how long a ticket takes, and whether the batch's own maximum made it slow", async () => {
  const turns = turnsOf(2);
  const took: unknown[] = [];
  const concurrencyLimit = new ConcurrencyLimit(1);
  concurrencyLimit.ticketTook = (...what) => void took.push(what);
  await turns.work({}, { concurrencyLimit, requests: countingQueue({ isLimited: true }).requests });
  // The first one is read back.
  expect(took).toEqual([
    [30, true],
    [20, true],
  ]);
  const { length } = took;
  const unread = turnsOf(2, (call) => (call.startsWith("list") ? { error: NOT_EXECUTED } : undefined));
  await unread.work({}, { concurrencyLimit });
  expect(took).toHaveLength(length);
});

test("results are stored every 3 s while tickets are worked, and their counts are reported", async () => {
  const turns = turnsOf(8);
  const progress: unknown[] = [];
  const concurrencyLimit = new ConcurrencyLimit(1);
  concurrencyLimit.ticketTook = () => undefined;
  const create = turns.api.createAssociations;
  turns.api.createAssociations = async (request) => {
    await turns.clock.sleep(1_000);
    return create(request);
  };
  await turns.work({}, { concurrencyLimit, onProgress: ({ settledTickets }) => progress.push(settledTickets) });
  expect(progress).toEqual([3, 6, 8]);
  expect(turns.ledger.stored.filter((what) => what.startsWith("results"))).toEqual([
    "results 1",
    "results 2",
    "results 3",
  ]);
});

test("the first error ends the turn when the tickets in progress have ended, and starts no other", async () => {
  const bug = new TypeError("the first");
  const turns = turnsOf(20, (call) => {
    if (call === "create T1 a") return { error: bug };
    return call === "create T2 a" ? { error: new TypeError("the second") } : undefined;
  });
  await expect(turns.work({}, { concurrencyLimit: new ConcurrencyLimit(4) })).rejects.toThrow(bug);
  expect(turns.outcomes().every((outcome) => outcome === "created")).toBe(true);
  expect(turns.api.writes.length).toBeLessThan(8);
});

test("a ticket is written to only when its snapshot is stored, and one that cannot be read holds up no other", async () => {
  const turns = turnsOf(6, (call) => (call === "list T3" ? { error: FORBIDDEN } : undefined));
  const stored: number[] = [];
  const write = turns.ledger.writeSnapshot.bind(turns.ledger);
  turns.ledger.writeSnapshot = async (...what) => {
    await turns.clock.sleep(40);
    stored.push(linesOf(what[2]).length);
    return write(...what);
  };
  const early: string[] = [];
  const create = turns.api.createAssociations;
  turns.api.createAssociations = async (request) => {
    const lines = turns.ledger.snapshots.get("b/a-00000")?.lines ?? [];
    if (!lines.some(({ ticket }) => ticket === request.ticketId)) early.push(request.ticketId);
    return create(request);
  };
  turns.dependencies.classifier.recordAccepted("read");
  await turns.work({}, { concurrencyLimit: new ConcurrencyLimit(6) });
  expect([early, stored]).toEqual([[], [5]]);
  expect(turns.clock.now()).toBeLessThan(250);
  expect(turns.outcomes()).toEqual(["created", "created", "created", "forbidden", "created", "created"]);
});

test("a ticket whose rejection may concern the batch is deferred, and its rows have the reason", async () => {
  const turns = turnsOf(4, (call) =>
    call.startsWith("list") ? { error: apiError({ errorClass: "forbidden", httpStatus: 403 }) } : undefined,
  );
  const result = await turns.work({}, { concurrencyLimit: new ConcurrencyLimit(4) });
  expect(result.counts?.settledTickets).toBe(0);
  expect(turns.ledger.results.get("b/a-00000")?.lines[0]).toMatchObject({ http_status: 403 });
});

/** A batch whose maximum rate lets no ticket start, except the first: the others wait until a signal ends that. */
function waitingQueue(): BatchRequests {
  let isFirst = true;
  return {
    ...countingQueue({ isLimited: true }).requests,
    enter(priority, _operation, { over }) {
      if (priority !== "start" || isFirst) return void (isFirst = false);
      return new Promise((_, reject) => over.addEventListener("abort", () => reject(new UnsentError())));
    },
  };
}

test("tickets that wait for the batch's maximum rate wait no longer than the turn", async () => {
  const turns = turnsOf(4);
  const result = await turns.work({}, { concurrencyLimit: new ConcurrencyLimit(4), requests: waitingQueue() });
  expect([result.deferred, turns.clock.now(), turns.outcomes()]).toEqual([3, 10_000, ["created"]]);
});

test("tickets that wait for the batch's maximum rate stop when the API does not work", async () => {
  const turns = turnsOf(4, (call) => (call.startsWith("create") ? { error: THROTTLED } : undefined));
  const result = await turns.work({}, { concurrencyLimit: new ConcurrencyLimit(4), requests: waitingQueue() });
  expect(result).toMatchObject({ deferred: 4, waitReason: { kind: "slow-down" } });
  expect(turns.clock.now()).toBeLessThan(1_000);
});
