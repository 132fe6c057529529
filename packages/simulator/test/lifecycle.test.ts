import { expect, test } from "vitest";
import { SimulatorConfigError, startSimulator } from "../src/index.ts";
import { createCaller, networkErrorOf } from "./create-caller.ts";

test("close ends hanging and slow requests immediately, and may be called twice", async () => {
  const simulator = await startSimulator({ slowMs: 3_600_000, faults: { create: { hang: 1 }, list: { slow: 1 } } });
  const { create, list } = createCaller(simulator);
  const calls = [networkErrorOf(create("T1", ["A"])), networkErrorOf(list("T1"))];
  await simulator.waitFor(({ counts }) => counts.requests === 2);

  await simulator.close();
  await simulator.close();

  for (const code of await Promise.all(calls)) expect(code).toMatch(/ECONNRESET|UND_ERR_SOCKET/u);
  expect(await networkErrorOf(list("T1"))).toBe("ECONNREFUSED");
});

test("waitFor resolves when its condition holds, and rejects after its timeout or when the simulator closes", async () => {
  const simulator = await startSimulator();
  const { create } = createCaller(simulator);
  const written = simulator.waitFor(({ tickets }) => tickets.get("T1")?.includes("A") === true);
  await create("T1", ["A"]);
  await written;

  await expect(simulator.waitFor(({ counts }) => counts.create > 9, { timeoutMs: 20 })).rejects.toThrow(
    /did not hold within 20 ms: counts are .*"create":1/u,
  );
  const hopeless = simulator.waitFor(({ counts }) => counts.create > 9);
  await Promise.all([expect(hopeless).rejects.toThrow("the simulator was closed"), simulator.close()]);
});

test("a condition that throws rejects its waitFor and affects no request", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  const waiting = simulator.waitFor(({ counts }) => {
    if (counts.create > 0) throw new Error("broken condition");
    return false;
  });
  const [, created] = await Promise.all([expect(waiting).rejects.toThrow("broken condition"), create("T1", ["A"])]);
  expect(created.body).toEqual({});
});

test("a request that is in flight during a reset changes nothing afterwards", async () => {
  await using simulator = await startSimulator({ slowMs: 60, writeAt: "answer" });
  const { create } = createCaller(simulator);
  simulator.failNext({ operation: "create", fault: "slow" });
  const call = create("T1", ["A"]);
  await simulator.waitFor(({ counts }) => counts.create === 1);

  simulator.reset();
  expect((await call).body).toEqual({});

  expect(simulator.tickets()).toEqual(new Map());
  expect(simulator.counts().requests).toBe(0);
});

test("latency and jitter delay the responses", async () => {
  await using simulator = await startSimulator({ latencyMs: 60, jitterMs: 40 });
  const { list } = createCaller(simulator);
  const startMs = performance.now();
  await list("T1");
  expect(performance.now() - startMs).toBeGreaterThan(58);
});

test("configured tickets take effect while the simulator runs; the others stay", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A"], T2: ["B"] } });
  simulator.configure({ tickets: { T2: ["C", "D"], T3: ["E"] } });
  expect(simulator.tickets()).toEqual(
    new Map([
      ["T1", ["A"]],
      ["T2", ["C", "D"]],
      ["T3", ["E"]],
    ]),
  );
});

test("the simulator rejects invalid settings at its start and in a change", async () => {
  await expect(startSimulator(JSON.parse('{"latency":1}'))).rejects.toThrow(SimulatorConfigError);
  await using simulator = await startSimulator();
  expect(() => {
    simulator.configure({ port: 1 });
  }).toThrow("port cannot be changed while the simulator runs");
  expect(() => {
    simulator.failNext({ operation: "token", fault: "operationFailed" });
  }).toThrow("scripted fault: fault must be one of");
});

test("a body above the gateway's 12 MB gets HTTP 413", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  const rejected = await create("T1", ["x".repeat(13 * 1024 * 1024)]);
  expect([rejected.status, rejected.body?.["error_code"]]).toEqual([413, "APIGW.0201"]);
});
