import { expect, test } from "vitest";
import { sleep } from "../src/wait/sleep.ts";
import { nextTurn, sum, workAll } from "./support/work-all.ts";
import { openWorld, type Row } from "./support/world.ts";

test("a turn that is stopped lets the write under way finish, looks at nothing more, and a later call clears it", async () => {
  await using world = await openWorld({ faults: { create: { hang: 1 } } });
  const record = await world.plan([["A", "a1"]]);
  const stop = new AbortController();
  const turn = nextTurn();
  const api = world.openConnector({ timeoutMs: 300 });
  const working = workAll(world, record, { turn, dependencies: { api, stop: stop.signal, sleep } });
  await world.simulator.waitFor(({ counts }) => counts.create === 1);
  world.simulator.configure({ faults: { create: { hang: 1 }, list: { hang: 1 } } });
  stop.abort();
  const [stopped] = await working;
  expect([stopped?.ambiguous, stopped?.deferred, stopped?.retryable]).toEqual([1, 0, 0]);
  expect(world.simulator.counts()).toMatchObject({ list: 1, create: 1 });
  world.simulator.configure({ faults: { list: { hang: 0 } } });
  const [cleared] = await workAll(world, record, { turn, task: { budgetMs: 0 } });
  expect([cleared?.ambiguous, cleared?.deferred]).toEqual([0, 1]);
});

test("a look under way when the turn is stopped is the last one, and is not tried again either", async () => {
  await using world = await openWorld({ faults: { create: { lostResponse: 1 } } });
  const record = await world.plan([["A", "a1"]]);
  const stop = new AbortController();
  const turn = nextTurn();
  const api = world.openConnector({ timeoutMs: 300, sleep: async () => undefined });
  const working = workAll(world, record, { turn, dependencies: { api, stop: stop.signal, sleep } });
  await world.simulator.waitFor(({ counts }) => counts.create === 1);
  world.simulator.configure({ faults: { list: { hang: 1 } } });
  await world.simulator.waitFor(({ counts }) => counts.list === 2);
  stop.abort();
  const [stopped] = await working;
  expect([stopped?.ambiguous, world.simulator.counts().list]).toEqual([1, 2]);
  world.simulator.configure({ faults: { list: { hang: 0 } } });
  await workAll(world, record, { turn, task: { budgetMs: 0 }, dependencies: { api: world.openConnector() } });
  expect(await world.outcomes(record.id)).toEqual(["created"]);
});

test("a write that is read back when the turn is stopped is claimed by the call that clears it", async () => {
  await using world = await openWorld({ readLagMs: 60_000 });
  const rows = Array.from({ length: 6 }, (_, i): Row => [`T${i}`, "r"]);
  const record = await world.plan(rows);
  const stop = new AbortController();
  const turn = nextTurn();
  const dependencies = { stop: stop.signal, sleep };
  const working = workAll(world, record, { turn, dependencies });
  await world.simulator.waitFor(({ counts }) => counts.create === 1 && counts.list >= 2);
  stop.abort();
  const stopped = await working;
  expect([sum(stopped, "ambiguous"), sum(stopped, "deferred"), sum(stopped, "retryable")]).toEqual([1, 5, 0]);
  expect(new Set(await world.outcomes(record.id))).toEqual(new Set(["null"]));
  world.simulator.configure({ readLagMs: 0 });
  await workAll(world, record, { turn, task: { budgetMs: 0 } });
  expect((await world.outcomes(record.id)).filter((outcome) => outcome === "created")).toHaveLength(1);
});
