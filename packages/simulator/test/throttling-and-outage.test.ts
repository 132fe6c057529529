import { expect, test } from "vitest";
import { startSimulator } from "../src/index.ts";
import { createCaller, networkErrorOf } from "./create-caller.ts";

test("the rate limit accepts its number of requests within any second and rejects the rest", async () => {
  let nowMs = 1_000_000;
  await using simulator = await startSimulator({ rateLimit: { perSecond: 2 } }, { now: () => nowMs });
  const { list, create, requestToken } = createCaller(simulator);

  expect((await list("T1")).status).toBe(200);
  nowMs += 600;
  expect((await create("T1", ["A"])).status).toBe(200);
  const rejected = await list("T1");
  expect([rejected.status, rejected.body?.["error_code"]]).toEqual([429, "APIGW.0308"]);
  expect((await requestToken()).status).toBe(201);
  nowMs += 400;
  expect((await list("T1")).status).toBe(200);
  expect((await list("T1")).status).toBe(429);
  expect(simulator.counts()).toMatchObject({ byFault: { rateLimit: 2 }, byStatus: { "429": 2 } });
});

test.for([
  ["none", null, "The throttling threshold has been reached"],
  ["retry-after", "1", "The throttling threshold has been reached"],
  ["message", null, "The throttling threshold has been reached: policy user over ratelimit,limit:1,time:1 second"],
] as const)("a rejection for the rate has the configured hint: %s", async ([hint, retryAfter, message]) => {
  await using simulator = await startSimulator({ rateLimit: { perSecond: 1, hint } }, { now: () => 1_000_000 });
  const { list } = createCaller(simulator);
  await list("T1");
  const rejected = await list("T1");
  expect(rejected.headers.get("retry-after")).toBe(retryAfter);
  expect(rejected.body?.["error_msg"]).toBe(message);
});

test("a new rate limit counts the requests accepted before, and null ends it", async () => {
  await using simulator = await startSimulator({ rateLimit: { perSecond: 2 } }, { now: () => 1_000_000 });
  const { list } = createCaller(simulator);
  await list("T1");
  await list("T1");
  simulator.configure({ rateLimit: { perSecond: 3 } });
  expect((await list("T1")).status).toBe(200);
  expect((await list("T1")).status).toBe(429);
  simulator.configure({ rateLimit: null });
  expect((await list("T1")).status).toBe(200);
});

test("an outage begins after the configured requests and ends automatically", async () => {
  let nowMs = 1_000_000;
  await using simulator = await startSimulator(
    { outage: { afterRequests: 2, forMs: 5_000, kind: "503" } },
    { now: () => nowMs },
  );
  const { create } = createCaller(simulator);
  const statuses = [];
  for (let n = 0; n < 4; n += 1) statuses.push((await create(`T${n}`, ["A"])).status);
  nowMs += 4_999;
  statuses.push((await create("T4", ["A"])).status);
  nowMs += 1;
  statuses.push((await create("T5", ["A"])).status);

  expect(statuses).toEqual([200, 200, 503, 503, 503, 200]);
  expect([...simulator.tickets().keys()]).toEqual(["T0", "T1", "T5"]);
  expect(simulator.counts().byFault).toEqual({ outage: 3 });
});

test("an outage can be configured at any time, and null ends it", async () => {
  await using simulator = await startSimulator();
  const { list } = createCaller(simulator);
  await list("T1");

  simulator.configure({ outage: { afterRequests: 0, forMs: 3_600_000, kind: "reset" } });
  expect(await networkErrorOf(list("T1"))).toBe("ECONNRESET");

  simulator.configure({ outage: null });
  expect((await list("T1")).status).toBe(200);
});

test('in an outage of the kind "hang" no request gets a response', async () => {
  await using simulator = await startSimulator({ outage: { afterRequests: 0, forMs: 3_600_000, kind: "hang" } });
  const { list } = createCaller(simulator);
  const controller = new AbortController();
  const call = list("T1", { signal: controller.signal });
  await simulator.waitFor(({ counts }) => counts.hang === 1);
  controller.abort();
  await expect(call).rejects.toThrow("aborted");
});
