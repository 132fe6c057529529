import { expect, test } from "vitest";
import { startSimulator, type JournalEntry, type Simulator } from "../src/index.ts";
import { createCaller, networkErrorOf } from "./create-caller.ts";

async function get(simulator: Simulator, path: string): Promise<string> {
  return (await fetch(`${simulator.url}/__simulator/${path}`)).text();
}

function numbersOf(entries: JournalEntry[]): number[] {
  return entries.map(({ n }) => n);
}

async function post(simulator: Simulator, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${simulator.url}/__simulator/${path}`, {
    method: "POST",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

test("another process can read tickets, counts and violations", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A"] } });
  await createCaller(simulator).create("T1", ["B"]);
  const state: unknown = JSON.parse(await get(simulator, "state"));
  expect(state).toEqual({
    tickets: { T1: ["A", "B"] },
    counts: simulator.counts(),
    violations: simulator.violations(),
  });
  expect(JSON.parse(await get(simulator, "state?tickets=false"))).not.toHaveProperty("tickets");
});

test("control requests are not counted as requests to the API", async () => {
  await using simulator = await startSimulator();
  await get(simulator, "state");
  await post(simulator, "config", {});
  expect(simulator.counts().requests).toBe(0);
});

test("the control journal is JSON lines or JSON, whole or in part", async () => {
  await using simulator = await startSimulator();
  const { create, list } = createCaller(simulator);
  await create("T1", ["A"]);
  await create("T2", ["A"]);
  await list("T1");
  const lines = (await get(simulator, "journal")).trimEnd().split("\n");
  expect(numbersOf(lines.map((line) => JSON.parse(line)))).toEqual([1, 2, 3]);
  expect(numbersOf(JSON.parse(await get(simulator, "journal?format=json&operation=create")))).toEqual([1, 2]);
  expect(numbersOf(JSON.parse(await get(simulator, "journal?format=json&ticket=T1&after=1")))).toEqual([3]);
});

test("another process can change settings, script faults, expire tokens and reset", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A"] } });
  const { create, list, requestToken } = createCaller(simulator);
  const token = (await requestToken()).headers.get("x-subject-token") ?? "";

  expect(await post(simulator, "config", { success: "empty-fields" })).toEqual({ status: 200, body: {} });
  expect((await create("T1", ["B"])).body).toEqual({ error_code: "", error_msg: "" });
  expect((await post(simulator, "fail-next", { operation: "create", fault: "lostResponse" })).status).toBe(200);
  expect(await networkErrorOf(create("T1", ["C"]))).toBe("ECONNRESET");
  await post(simulator, "fail-next", { operation: "create", fault: "lostResponse" });
  expect((await post(simulator, "clear-faults")).status).toBe(200);
  expect(simulator.pendingFaults()).toEqual([]);
  expect((await post(simulator, "expire-tokens")).status).toBe(200);
  expect((await list("T1", { headers: { "x-auth-token": token } })).status).toBe(401);
  expect((await post(simulator, "reset", { tickets: { T9: ["X"] } })).status).toBe(200);

  expect(simulator.tickets()).toEqual(new Map([["T9", ["X"]]]));
  expect(simulator.journal()).toEqual([]);
  expect((await create("T9", ["Y"])).body).toEqual({ error_code: "", error_msg: "" });
});

test("an invalid control request gets the reason and changes nothing", async () => {
  await using simulator = await startSimulator();
  expect(await post(simulator, "config", { latencyMS: 5 })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("latencyMS is not a setting") },
  });
  expect(await post(simulator, "fail-next", { operation: "create" })).toEqual({
    status: 400,
    body: { error: "scripted fault: it needs fault" },
  });
  expect(await post(simulator, "reset", [])).toEqual({
    status: 400,
    body: { error: "request body: must be a JSON object" },
  });
});
