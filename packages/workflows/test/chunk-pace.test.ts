import { laneOf, type BatchRecord } from "@caselink/ledger";
import { createPace } from "@caselink/sdk";
import pLimit from "p-limit";
import { expect, test } from "vitest";
import { BatchPaces, type BatchPace } from "../src/batch-paces.ts";
import type { ChunkDependencies } from "../src/chunk/work-chunk.ts";
import type { ChunkResult } from "../src/contracts.ts";
import { sleep } from "../src/sleep.ts";
import { workAll } from "./support/work-all.ts";
import { openPace, openWorld, type Row, type World } from "./support/world.ts";

/** Rows of tickets that share a lane, and so a chunk. */
function rowsOfLane(lane: string, count: number): Row[] {
  const rows: Row[] = [];
  for (let i = 0; rows.length < count; i++) if (laneOf(`T${i}`) === lane) rows.push([`T${i}`, "r"]);
  return rows;
}

/** Works the one chunk of a batch at its pace, as a worker does. */
async function work(
  world: World,
  record: BatchRecord,
  share: BatchPace,
  dependencies: Partial<ChunkDependencies>,
  budgetMs = 60_000,
): Promise<ChunkResult> {
  const { connector } = world;
  const api: ChunkDependencies["api"] = {
    ...connector,
    connect: (beforeWrite, _pace, stop) => connector.connect(beforeWrite, share.pace, stop),
  };
  const paced = { api, ownRate: share.ownRate, sleep, ...dependencies };
  const [result] = await workAll(world, record, { dependencies: paced, task: { budgetMs } });
  return result as ChunkResult;
}

test("a batch that waits for its own maximum leaves the room in the process to others, and stops at once", async () => {
  await using world = await openWorld();
  const paces = new BatchPaces(createPace());
  const limit = pLimit(2);
  const stop = new AbortController();
  const slow = await world.plan(rowsOfLane("a", 40));
  using slowShare = paces.open(slow.id, 1_000);
  const window = { tickets: 40 };
  const { promise: isUnderWay, resolve: reportUnderWay } = Promise.withResolvers<void>();
  const { promise: isSlow, resolve: letThrough } = Promise.withResolvers<void>();
  let writes = 0;
  const connector = world.openConnector({
    async fetch(url, request) {
      // The first write is the canary, which is read back before there is a third one.
      if (request.method !== "GET" && ++writes >= 3) {
        reportUnderWay();
        await isSlow;
      }
      return globalThis.fetch(url, request);
    },
  });
  const slowly = work({ ...world, connector }, slow, slowShare, { limit, window, stop: stop.signal });
  await isUnderWay;
  // From here on its tickets, of which it has many in hand, would take hours.
  paces.setMaxRate(slow.id, 0.01);
  letThrough();
  const fast = await world.plan(rowsOfLane("b", 20));
  using fastShare = paces.open(fast.id, undefined);
  const ended = await work(world, fast, fastShare, { limit, window: { tickets: 20 } });
  expect(ended.counts?.outcomes).toEqual({ created: 20 });
  stop.abort();
  const { counts, remaining, unsettled, ambiguous } = await slowly;
  expect([(counts?.settledTickets ?? 0) + remaining, unsettled, ambiguous]).toEqual([40, 0, 0]);
  expect(remaining).toBeGreaterThan(0);
});

test("a turn of a batch that may send little ends in time, and each turn gets on", async () => {
  await using world = await openWorld();
  const paces = new BatchPaces(createPace());
  const record = await world.plan(rowsOfLane("a", 3));
  // A ticket takes two requests, and between two of them lies more than the turn lasts.
  using share = paces.open(record.id, 4);
  const settled: number[] = [];
  let tickets = 0;
  for (let turn = 0; turn < 12 && tickets < 3; turn++) {
    const { counts, unsettled, ambiguous } = await work(world, record, share, {}, 200);
    tickets = counts?.settledTickets ?? 0;
    settled.push(tickets);
    expect(unsettled + ambiguous).toBe(0);
  }
  expect(settled.at(-1)).toBe(3);
  expect(settled.length).toBeGreaterThan(1);
});

test("a batch has no more tickets in hand than its own maximum has room for", async () => {
  await using world = await openWorld();
  const paces = new BatchPaces(openPace);
  const record = await world.plan(rowsOfLane("a", 60));
  using share = paces.open(record.id, 20);
  let inHand = 0;
  let most = 0;
  const { ownRate } = share;
  const watched: BatchPace = {
    ...share,
    ownRate: {
      acquire: (urgency, patience) => ownRate.acquire(urgency, patience),
      spend: (call) => ownRate.spend(call),
      isLimited: true,
      get hasRoom() {
        return ownRate.hasRoom;
      },
      hold(tickets: 1 | -1) {
        ownRate.hold(tickets);
        most = Math.max(most, (inHand += tickets));
      },
    },
  };
  const stop = new AbortController();
  const working = work(world, record, watched, { window: { tickets: 60 }, stop: stop.signal });
  // By then some of the first have been exchanged for others.
  await world.simulator.waitFor(({ counts }) => counts.requests >= 12);
  stop.abort();
  await working;
  expect([inHand, most]).toEqual([0, 30]);
});

test("so many requests are under way over all batches, and no more, also while tickets wait between tries", async () => {
  await using world = await openWorld({ latencyMs: 5, faults: { create: { http500: 0.3 }, list: { http503: 0.2 } } });
  const [a, b] = [await world.plan(rowsOfLane("a", 40)), await world.plan(rowsOfLane("b", 40))];
  let underWay = 0;
  let most = 0;
  const api = world.openConnector({
    fetch: async (url, request) => {
      most = Math.max(most, ++underWay);
      return globalThis.fetch(url, request).finally(() => underWay--);
    },
  });
  const dependencies = { api, limit: pLimit(6), window: { tickets: 30 } };
  await Promise.all([workAll(world, a, { dependencies }), workAll(world, b, { dependencies })]);
  expect(most).toBe(6);
});

test("a chunk has no more tickets in hand than it may, from its look at them to the last write", async () => {
  await using world = await openWorld({ latencyMs: 5 });
  const record = await world.plan(rowsOfLane("a", 40));
  const inHand = new Set<string>();
  const written = new Set<string>();
  let most = 0;
  const api = world.openConnector({
    async fetch(url, request) {
      const { pathname: ticket } = new URL(url);
      // A canary reads its write back.
      if (request.method === "GET" && !written.has(ticket)) most = Math.max(most, inHand.add(ticket).size);
      const answer = await globalThis.fetch(url, request);
      if (request.method !== "GET") {
        written.add(ticket);
        inHand.delete(ticket);
      }
      return answer;
    },
  });
  const dependencies = { api, window: { tickets: 30 }, mostInHand: () => 7 };
  const [result] = await workAll(world, record, { dependencies });
  expect(result).toMatchObject({ remaining: 0, unsettled: 0 });
  expect([inHand.size, written.size, most]).toEqual([0, 40, 7]);
});
