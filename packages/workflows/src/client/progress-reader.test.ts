import { expect, test } from "vitest";
import type { BatchProgress, ChunkHeartbeat } from "../workflow/contracts.ts";
import { ProgressReader } from "./progress-reader.ts";

const LANES = Array.from({ length: 16 }, (_, lane) => lane.toString(16));

/** A source whose state a test sets, and which notes what it is asked. */
function sourceOf(openLanes: readonly string[]) {
  const asked: string[] = [];
  const heartbeats = new Map<string, ChunkHeartbeat>();
  const counted: BatchProgress = {
    phase: "running",
    rows: 1_000,
    tickets: 1_000,
    settledTickets: 0,
    outcomes: {},
    waitingChunks: 0,
    ambiguousTickets: 0,
    startedAt: 0,
    countedTurns: {},
    openLanes: [...openLanes],
  };
  const reader = new ProgressReader("b", {
    batch: async () => (asked.push("batch"), structuredClone(counted)),
    heartbeat: async (lane) => (asked.push(lane), heartbeats.get(lane)),
  });
  return { asked, counted, heartbeats, reader };
}

const turnOf = (lane: string, turn: number, settledTickets: number) => ({
  lane,
  turn,
  settledTickets,
  outcomes: { created: settledTickets },
});

test("one request shows the turns of all lanes that a process works, and each process is asked", async () => {
  const { asked, heartbeats, reader } = sourceOf(LANES);
  for (const [at, lane] of LANES.entries()) {
    const ofProcess = LANES.filter((_, other) => other % 2 === at % 2);
    heartbeats.set(lane, { batchId: "b", turns: ofProcess.map((name) => turnOf(name, 1, 10)) });
  }
  expect(await reader.all()).toMatchObject({ settledTickets: 160, outcomes: { created: 160 } });
  expect(asked).toEqual(["batch", "0", "1"]);
});

test("each call is one request, to the batch and to a lane in turn", async () => {
  const { asked, reader } = sourceOf(["0", "1"]);
  for (let call = 0; call < 6; call++) await reader.next();
  expect(asked).toEqual(["batch", "0", "batch", "1", "batch", "0"]);
});

test("a turn that the batch has counted meanwhile is not counted twice", async () => {
  const { counted, heartbeats, reader } = sourceOf(["0", "1"]);
  heartbeats.set("0", { batchId: "b", turns: [turnOf("0", 5, 10), turnOf("1", 5, 20)] });
  expect(await reader.all()).toMatchObject({ settledTickets: 30 });
  Object.assign(counted, { settledTickets: 12, outcomes: { created: 12 }, countedTurns: { "0": 5 } });
  await reader.next();
  expect(await reader.next()).toMatchObject({ settledTickets: 32, outcomes: { created: 32 } });
});

test("an old turn of another worker does not replace a newer one of the lane", async () => {
  const { heartbeats, reader } = sourceOf(["0", "1"]);
  heartbeats.set("0", { batchId: "b", turns: [turnOf("0", 9, 4)] });
  heartbeats.set("1", { batchId: "b", turns: [turnOf("0", 5, 50), turnOf("1", 9, 3)] });
  expect(await reader.all()).toMatchObject({ settledTickets: 7 });
});

test("a lane that works another batch does not count", async () => {
  const { heartbeats, reader } = sourceOf(["0"]);
  heartbeats.set("0", { batchId: "other", turns: [turnOf("0", 1, 10)] });
  expect(await reader.all()).toMatchObject({ settledTickets: 0 });
});

test("the lowest maximum rate of the processes shows while they work turns that are not counted", async () => {
  const { counted, heartbeats, reader } = sourceOf(["0", "1", "2"]);
  expect(await reader.all()).not.toHaveProperty("workerMaxRate");
  heartbeats.set("0", { batchId: "b", maxRate: 20, turns: [turnOf("0", 5, 10)] });
  heartbeats.set("1", { batchId: "b", maxRate: 2, turns: [turnOf("1", 5, 10)] });
  heartbeats.set("2", { batchId: "b", turns: [turnOf("2", 5, 10)] });
  expect(await reader.all()).toMatchObject({ workerMaxRate: 2 });
  Object.assign(counted, { countedTurns: { "1": 5 } });
  heartbeats.set("1", { batchId: "b", maxRate: 30, turns: [turnOf("1", 6, 0)] });
  expect(await reader.all()).toMatchObject({ workerMaxRate: 20 });
});
