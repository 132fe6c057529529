import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
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

test.for([
  ["5 second", 4_999, 5_000],
  ["1 minute", 59_999, 60_000],
  ["24 hour", 86_399_999, 86_400_000],
  ["1 day", 86_399_999, 86_400_000],
] as const)("a rate limit can have a window of %s", async ([window, tooEarly, inTime]) => {
  let nowMs = 1_000_000;
  const limit = { requests: 1, window, hint: "message" } as const;
  await using simulator = await startSimulator({ rateLimit: limit }, { now: () => nowMs });
  const { list } = createCaller(simulator);
  await list("T1");
  nowMs += tooEarly;
  const rejected = await list("T1");
  expect(rejected.status).toBe(429);
  expect(rejected.body?.["error_msg"]).toContain(`policy user over ratelimit,limit:1,time:${window}`);
  nowMs += inTime - tooEarly;
  expect((await list("T1")).status).toBe(200);
});

test("a rate limit can count each operation, user and address separately", async () => {
  const each = ["operation", "user", "address"] as const;
  const tokens = ["one", "two"];
  await using simulator = await startSimulator({ rateLimit: { perSecond: 1, each }, tokens }, { now: () => 1_000_000 });
  const { list, create, requestToken } = createCaller(simulator);
  const statuses = [
    await list("T1", as("one")),
    await create("T1", ["A"], as("one")),
    await list("T1", as("two")),
    await list("T1", as("one")),
  ].map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  // Two tokens of one user are one user.
  const issued = [await requestToken(), await requestToken()].map(
    ({ headers }) => headers.get("x-subject-token") ?? "",
  );
  expect((await list("T1", as(issued[0] ?? ""))).status).toBe(200);
  expect((await list("T1", as(issued[1] ?? ""))).status).toBe(429);
  expect(await statusFrom(simulator.url, "127.0.0.2")).toBe(200);
  expect(await statusFrom(simulator.url, "127.0.0.2")).toBe(429);
});

test("a rejection for the rate can come with HTTP 200", async () => {
  const rateLimit = { perSecond: 1, hint: "retry-after", status: 200 } as const;
  await using simulator = await startSimulator({ rateLimit }, { now: () => 1_000_000 });
  const { list } = createCaller(simulator);
  await list("T1");
  const rejected = await list("T1");
  expect([rejected.status, rejected.body?.["error_code"], rejected.headers.get("retry-after")]).toEqual([
    200,
    "APIGW.0308",
    "1",
  ]);
});

const as = (token: string) => ({ headers: { "x-auth-token": token } });

/** The status of a list that is sent from a source address. */
async function statusFrom(url: string, localAddress: string): Promise<number | undefined> {
  const sent = request(`${url}/v2/servicerequest/cases/T1/relations`, {
    localAddress,
    headers: { "x-auth-token": "one" },
  }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  return response.statusCode;
}

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

test("while the API is suspended requests wait without any effect, and continue in the order of their arrival", async () => {
  await using simulator = await startSimulator({ suspended: true });
  const { create, list, requestToken } = createCaller(simulator);
  const created = create("T1", ["A"]);
  await simulator.waitFor(({ counts }) => counts.create === 1);
  const listed = list("T1");
  await simulator.waitFor(({ counts }) => counts.list === 1);
  expect((await requestToken()).status).toBe(201);
  expect([simulator.tickets().size, simulator.counts().inFlight]).toEqual([0, 2]);

  simulator.configure({ suspended: false });
  expect((await created).status).toBe(200);
  expect(JSON.stringify((await listed).body)).toContain('"case_id":"A"');
});

test("a suspended request whose caller gives up never has an effect", async () => {
  await using simulator = await startSimulator({ suspended: true });
  const { create } = createCaller(simulator);
  const controller = new AbortController();
  const call = create("T1", ["A"], { signal: controller.signal });
  await simulator.waitFor(({ counts }) => counts.create === 1);
  controller.abort();
  await expect(call).rejects.toThrow("aborted");
  await simulator.waitFor(({ counts }) => counts.inFlight === 0);

  simulator.configure({ suspended: false });
  expect((await create("T2", ["A"])).status).toBe(200);
  expect([...simulator.tickets().keys()]).toEqual(["T2"]);
  expect(simulator.journal().map(({ ending }) => ending)).toEqual(["aborted", "answered"]);
});

test("a suspended request continues after a reset, without an effect on the new state", async () => {
  await using simulator = await startSimulator({ suspended: true });
  const { create } = createCaller(simulator);
  const call = create("T1", ["A"]);
  await simulator.waitFor(({ counts }) => counts.create === 1);
  simulator.reset({ suspended: false });
  expect((await call).status).toBe(200);
  expect(simulator.tickets().size).toBe(0);
});
