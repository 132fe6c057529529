import { expect, test } from "vitest";
import { startSimulator, type Fault, type JournalEntry } from "../src/index.ts";
import { createCaller, networkErrorOf } from "./create-caller.ts";

test("resetBefore resets the connection and writes nothing", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  simulator.failNext({ operation: "create", fault: "resetBefore" });

  expect(await networkErrorOf(create("T1", ["A"]))).toBe("ECONNRESET");

  expect(simulator.tickets()).toEqual(new Map());
  expect(simulator.journal()).toMatchObject([{ ending: "reset", fault: "resetBefore", applied: false, written: [] }]);
});

test("lostResponse resets the connection after the write", async () => {
  await using simulator = await startSimulator();
  const { create, remove } = createCaller(simulator);
  simulator.failNext({ operation: "create", fault: "lostResponse" });

  expect(await networkErrorOf(create("T1", ["A", "B"]))).toBe("ECONNRESET");

  expect(simulator.tickets().get("T1")).toEqual(["A", "B"]);
  expect(simulator.journal()).toMatchObject([
    { ending: "lost", applied: true, written: ["A", "B"], status: undefined },
  ]);
  simulator.failNext({ operation: "delete", fault: "lostResponse" });
  expect(await networkErrorOf(remove("T1", "A"))).toBe("ECONNRESET");
  expect(simulator.tickets().get("T1")).toEqual(["B"]);
});

test.for([
  ["http429", 429, "APIGW.0308", false],
  ["http500", 500, "OSM.0004", false],
  ["http503", 503, "APIGW.0201", false],
  ["operationFailed", 200, "OSM.01010014", false],
  ["http500AfterWrite", 500, "OSM.0004", true],
] as const)("%s gives HTTP %i and %s", async ([fault, status, code, isWritten]) => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  simulator.failNext({ operation: "create", fault });

  const reply = await create("T1", ["A"]);

  expect([reply.status, reply.body?.["error_code"]]).toEqual([status, code]);
  expect(simulator.tickets().has("T1")).toBe(isWritten);
  expect(simulator.journal()).toMatchObject([{ ending: "answered", status, code, fault, applied: isWritten }]);
  expect((await create("T1", ["B"])).body).toEqual({});
  expect(simulator.violations().responseViolations).toEqual([]);
});

test.for([
  ["hang", false],
  ["hangAfterWrite", true],
] as const)(
  "%s never gives a response, and the request is not in flight after the caller gives up",
  async ([fault, isWritten]) => {
    await using simulator = await startSimulator();
    const { create } = createCaller(simulator);
    simulator.failNext({ operation: "create", fault });
    const controller = new AbortController();
    const call = create("T1", ["A"], { signal: controller.signal });

    await simulator.waitFor(({ counts }) => counts.hang === 1);
    controller.abort();

    await expect(call).rejects.toThrow("aborted");
    expect(simulator.counts().inFlight).toBe(0);
    expect(simulator.tickets().has("T1")).toBe(isWritten);
    expect(simulator.journal()).toMatchObject([{ ending: "hang", applied: isWritten }]);
  },
);

test("slow gives the ordinary response, later", async () => {
  await using simulator = await startSimulator({ slowMs: 80 });
  const { create } = createCaller(simulator);
  simulator.failNext({ operation: "create", fault: "slow" });
  const startMs = performance.now();

  expect((await create("T1", ["A"])).body).toEqual({});

  expect(performance.now() - startMs).toBeGreaterThan(75);
});

test("a slow write takes effect even if its caller has closed the connection", async () => {
  await using simulator = await startSimulator({ slowMs: 150, writeAt: "answer" });
  const { create } = createCaller(simulator);
  simulator.failNext({ operation: "create", fault: "slow" });
  const controller = new AbortController();
  const call = create("T1", ["A"], { signal: controller.signal });
  await simulator.waitFor(({ counts }) => counts.create === 1);
  expect(simulator.tickets()).toEqual(new Map());
  controller.abort();
  await expect(call).rejects.toThrow("aborted");

  await simulator.waitFor(({ tickets }) => tickets.has("T1"));

  expect(simulator.journal()).toMatchObject([{ ending: "aborted", applied: true, written: ["A"] }]);
});

test("a scripted fault waits for its operation, its ticket and its turn", async () => {
  await using simulator = await startSimulator();
  const { create, list } = createCaller(simulator);
  simulator.failNext({ operation: "create", ticket: "T2", fault: "http500", times: 2 });

  const statuses = [];
  for (const ticket of ["T1", "T2", "T2", "T2"]) {
    statuses.push((await list(ticket)).status, (await create(ticket, ["A"])).status);
  }

  expect(statuses).toEqual([200, 200, 200, 500, 200, 500, 200, 200]);
  expect(simulator.pendingFaults()).toEqual([]);
});

test("scripted faults that are cleared concern no request any more", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  simulator.failNext({ operation: "create", fault: "http500", times: 9 });
  expect((await create("T1", ["A"])).status).toBe(500);

  simulator.clearFaults();

  expect(simulator.pendingFaults()).toEqual([]);
  expect((await create("T1", ["A"])).status).toBe(200);
});

test("a request with rejected credentials does not use up a scripted fault", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  simulator.failNext({ operation: "create", fault: "http503" });
  await create("T1", ["A"], { headers: { "x-auth-token": "wrong" } });
  expect(simulator.pendingFaults()).toEqual([{ operation: "create", fault: "http503", times: 1 }]);
  expect((await create("T1", ["A"])).status).toBe(503);
});

test("the token call has faults of its own, in IAM's form", async () => {
  await using simulator = await startSimulator();
  const { requestToken } = createCaller(simulator);
  simulator.failNext({ operation: "token", fault: "http500" });
  expect(await requestToken()).toMatchObject({ status: 500, body: { error: { code: 500 } } });
  simulator.failNext({ operation: "token", fault: "http503" });
  expect(await requestToken()).toMatchObject({ status: 503, body: { error: { code: 503 } } });
  simulator.failNext({ operation: "token", fault: "lostResponse" });
  expect(await networkErrorOf(requestToken())).toBe("ECONNRESET");
  expect((await requestToken()).status).toBe(201);
  expect(simulator.violations().responseViolations).toEqual([]);
});

test("with the same seed each request gets the same fault, in whatever order requests arrive", async () => {
  const tickets = Array.from({ length: 60 }, (_, index) => `T${index}`);
  const rates = { http500: 0.2, operationFailed: 0.1, http429: 0.1 };
  const fatesOf = async (seed: number, order: readonly string[]): Promise<Map<string, (Fault | undefined)[]>> => {
    await using simulator = await startSimulator({ seed, faults: { list: rates } });
    const { list } = createCaller(simulator);
    for (let round = 0; round < 2; round += 1) await Promise.all(order.map((ticket) => list(ticket)));
    const entries = simulator.journal();
    return new Map(tickets.map((ticket) => [ticket, entries.filter((entry) => entry.ticket === ticket).map(faultOf)]));
  };

  const first = await fatesOf(7, tickets);

  expect(await fatesOf(7, tickets.toReversed())).toEqual(first);
  expect(await fatesOf(8, tickets)).not.toEqual(first);
  const met = [...first.values()].flat();
  expect(new Set(met)).toEqual(new Set([undefined, "http500", "operationFailed", "http429"]));
});

function faultOf({ fault }: JournalEntry): Fault | undefined {
  return fault === "outage" || fault === "rateLimit" ? undefined : fault;
}

test("fault rates can be changed while the simulator runs, operation by operation", async () => {
  await using simulator = await startSimulator({ faults: { create: { http500: 1 }, list: { http503: 1 } } });
  const { create, list } = createCaller(simulator);
  expect([(await create("T1", ["A"])).status, (await list("T1")).status]).toEqual([500, 503]);

  simulator.configure({ faults: { create: {} } });

  expect([(await create("T1", ["A"])).status, (await list("T1")).status]).toEqual([200, 503]);
});
