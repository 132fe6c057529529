import { laneOf, type BatchRecord } from "@caselink/ledger";
import { createRateLimiter } from "@caselink/sdk";
import { startLoopClock } from "@caselink/test-support";
import { expect, test } from "vitest";
import { ConcurrencyLimit } from "../src/rate/concurrency-limit.ts";
import { RequestQueues, type BatchRequests } from "../src/rate/request-queues.ts";
import type { ChunkDependencies } from "../src/chunk/chunk-dependencies.ts";
import type { ChunkResult } from "../src/workflow/contracts.ts";
import { sleep as realSleep } from "../src/wait/sleep.ts";
import { workAll } from "./support/work-all.ts";
import { noRateLimit, queueOfOne } from "./support/request-queues.ts";
import { openEngineHarness, type Row, type EngineHarness } from "./support/engine-harness.ts";

/** Rows of tickets that share a lane, and so a chunk. */
function rowsOfLane(lane: string, count: number): Row[] {
  const rows: Row[] = [];
  for (let i = 0; rows.length < count; i++) if (laneOf(`T${i}`) === lane) rows.push([`T${i}`, "r"]);
  return rows;
}

/** Works the only chunk of a batch at its rate, as a worker does. */
async function work(
  harness: EngineHarness,
  record: BatchRecord,
  requests: BatchRequests,
  dependencies: Partial<ChunkDependencies>,
  budgetMs = 60_000,
): Promise<ChunkResult> {
  const { connector } = harness;
  const api: ChunkDependencies["api"] = {
    ...connector,
    connect: (beforeWrite, _rateLimiter, stop) => connector.connect(beforeWrite, requests.rateLimiter, stop),
  };
  const limited = { api, requests, sleep: realSleep, ...dependencies };
  const [result] = await workAll(harness, record, { dependencies: limited, task: { budgetMs } });
  return result as ChunkResult;
}

test("a batch that waits for its own maximum leaves the process's request slots to others, and stops immediately", async () => {
  await using harness = await openEngineHarness();
  const queues = new RequestQueues(createRateLimiter(), { slots: 2 });
  const stop = new AbortController();
  const slow = await harness.plan(rowsOfLane("a", 40));
  using slowQueue = queues.open(slow.id, 1_000);
  const concurrencyLimit = new ConcurrencyLimit(40);
  const { promise: isUnderWay, resolve: reportUnderWay } = Promise.withResolvers<void>();
  const { promise: isSlow, resolve: letThrough } = Promise.withResolvers<void>();
  let writes = 0;
  const connector = harness.openConnector({
    async fetch(url, request) {
      // The first write is the canary. It is read back before there is a third one.
      if (request.method !== "GET" && ++writes >= 3) {
        reportUnderWay();
        await isSlow;
      }
      return globalThis.fetch(url, request);
    },
  });
  const slowly = work({ ...harness, connector }, slow, slowQueue, {
    concurrencyLimit,
    stop: stop.signal,
  });
  await isUnderWay;
  // From here on its tickets, many of which are in progress, would take hours.
  queues.setMaxRate(slow.id, 0.01);
  letThrough();
  const fast = await harness.plan(rowsOfLane("b", 20));
  using fastQueue = queues.open(fast.id);
  const ended = await work(harness, fast, fastQueue, {
    concurrencyLimit: new ConcurrencyLimit(20),
  });
  expect(ended.counts?.outcomes).toEqual({ created: 20 });
  stop.abort();
  const { counts, deferred, retryable, ambiguous } = await slowly;
  expect([(counts?.settledTickets ?? 0) + deferred, retryable, ambiguous]).toEqual([40, 0, 0]);
  expect(deferred).toBeGreaterThan(0);
});

test("a turn of a batch with a low maximum rate ends in time, and each turn makes progress", async () => {
  await using harness = await openEngineHarness();
  using clock = startLoopClock(Date.now());
  const { now, sleep } = clock;
  const queues = new RequestQueues(createRateLimiter(clock), { slots: 64, ...clock });
  const record = await harness.plan(rowsOfLane("a", 3));
  // A ticket takes two requests, and the time between them is longer than the turn.
  using queue = queues.open(record.id, 4);
  const settled: number[] = [];
  let tickets = 0;
  for (let turn = 0; turn < 12 && tickets < 3; turn++) {
    const { counts, retryable, ambiguous } = await work(harness, record, queue, { now, sleep }, 200);
    tickets = counts?.settledTickets ?? 0;
    settled.push(tickets);
    expect(retryable + ambiguous).toBe(0);
  }
  expect(settled.at(-1)).toBe(3);
  expect(settled.length).toBeGreaterThan(1);
});

test("a batch has no more tickets in progress than its own maximum allows", async () => {
  await using harness = await openEngineHarness();
  const queues = new RequestQueues(noRateLimit, { slots: 64 });
  const record = await harness.plan(rowsOfLane("a", 60));
  using queue = queues.open(record.id, 20);
  let inProgress = 0;
  let most = 0;
  const watched: BatchRequests = {
    ...queue,
    isLimited: true,
    get hasRoom() {
      return queue.hasRoom;
    },
    ticketStarted() {
      queue.ticketStarted();
      most = Math.max(most, ++inProgress);
    },
    ticketFinished() {
      queue.ticketFinished();
      inProgress--;
    },
  };
  const stop = new AbortController();
  const working = work(harness, record, watched, { concurrencyLimit: new ConcurrencyLimit(60), stop: stop.signal });
  // By then others have replaced some of the first tickets.
  await harness.simulator.waitFor(({ counts }) => counts.requests >= 12);
  stop.abort();
  await working;
  expect([inProgress, most]).toEqual([0, 30]);
});

test("all request slots of a process are used, and no more, while tickets wait between tries", async () => {
  await using harness = await openEngineHarness({
    latencyMs: 5,
    faults: { create: { http500: 0.3 }, list: { http503: 0.2 } },
  });
  const [a, b] = [await harness.plan(rowsOfLane("a", 40)), await harness.plan(rowsOfLane("b", 40))];
  let underWay = 0;
  let most = 0;
  const api = harness.openConnector({
    fetch: async (url, request) => {
      most = Math.max(most, ++underWay);
      return globalThis.fetch(url, request).finally(() => underWay--);
    },
  });
  const dependencies = { api, requests: queueOfOne(6), concurrencyLimit: new ConcurrencyLimit(30) };
  await Promise.all([workAll(harness, a, { dependencies }), workAll(harness, b, { dependencies })]);
  expect(most).toBe(6);
});

test("a chunk has at most its maximum of tickets in progress, from their first read to their last write", async () => {
  await using harness = await openEngineHarness({ latencyMs: 5 });
  const record = await harness.plan(rowsOfLane("a", 40));
  const inProgress = new Set<string>();
  const written = new Set<string>();
  let most = 0;
  const api = harness.openConnector({
    async fetch(url, request) {
      const { pathname: ticket } = new URL(url);
      // A canary reads its write back.
      if (request.method === "GET" && !written.has(ticket)) most = Math.max(most, inProgress.add(ticket).size);
      const answer = await globalThis.fetch(url, request);
      if (request.method !== "GET") {
        written.add(ticket);
        inProgress.delete(ticket);
      }
      return answer;
    },
  });
  const dependencies = { api, concurrencyLimit: new ConcurrencyLimit(30), maxConcurrency: () => 7 };
  const [result] = await workAll(harness, record, { dependencies });
  expect(result).toMatchObject({ deferred: 0, retryable: 0 });
  expect([inProgress.size, written.size, most]).toEqual([0, 40, 7]);
});
