import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { createOsmClient, createRateLimiter, staticToken } from "../src/index.ts";
import { apiErrorOf, connectionErrorOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer, type Reply } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

const THROTTLED: Reply = { status: 429, body: { error_code: "APIGW.0308", error_msg: "slow down" } };

test.each<[string, Reply, number, object]>([
  ["400", { status: 400 }, 1, { errorClass: "invalid-parameter", execution: "no" }],
  ["401", { status: 401 }, 1, { errorClass: "unauthenticated", execution: "no" }],
  ["403", { status: 403 }, 1, { errorClass: "forbidden", execution: "no" }],
  ["404", { status: 404 }, 1, { errorClass: "unknown", execution: "no" }],
  ["408", { status: 408 }, 1, { errorClass: "transient", execution: "unknown" }],
  ["429", THROTTLED, 4, { errorClass: "throttled", execution: "no" }],
  ["500", { status: 500 }, 1, { errorClass: "transient", execution: "unknown" }],
  ["503 with Retry-After", { status: 503, headers: { "retry-after": "2" } }, 1, { retryAfterMs: 2_000 }],
  ["200 with a transient code", { body: { error_code: "OSM.01010014" } }, 1, { errorClass: "transient" }],
  ["a reset", "reset", 1, { kind: "reset", execution: "unknown" }],
])(
  "a write that fails with %s is retried only if it certainly was not executed",
  async (_what, reply, sent, expected) => {
    await using server = await startLocalServer(reply);
    await expect(createTestClient(server.url).createAssociations(CREATION)).rejects.toMatchObject({
      ...expected,
      attempts: sent,
    });
    expect(server.requests).toHaveLength(sent);
  },
);

test.each<[string, Reply, number]>([
  ["400", { status: 400 }, 1],
  ["403", { status: 403 }, 1],
  ["404", { status: 404 }, 1],
  ["408", { status: 408 }, 4],
  ["429", THROTTLED, 4],
  ["500", { status: 500 }, 4],
  ["503", { status: 503 }, 4],
  ["200 with a transient code", { body: { error_code: "OSM.01010017" } }, 4],
  ["200 with a final code", { body: { error_code: "OSM.01010015" } }, 1],
  ["a reset", "reset", 4],
])("a read that fails with %s is retried if that may help", async (_what, reply, sent) => {
  await using server = await startLocalServer(reply);
  await expect(createTestClient(server.url).listAssociations({ ticketId: "1" })).rejects.toMatchObject({
    attempts: sent,
    execution: "no",
  });
  expect(server.requests).toHaveLength(sent);
});

test("a delete is a write: it is not retried after a reset", async () => {
  await using server = await startLocalServer("reset", { body: {} });
  await expect(createTestClient(server.url).deleteAssociation({ ticketId: "1", relatedId: "2" })).rejects.toMatchObject(
    {
      kind: "reset",
      execution: "unknown",
    },
  );
  expect(server.requests).toHaveLength(1);
});

test("a call whose retry succeeds succeeds, with the number of attempts", async () => {
  await using server = await startLocalServer(THROTTLED, THROTTLED, { body: {} });
  expect(await createTestClient(server.url).createAssociations(CREATION)).toMatchObject({
    attempts: 3,
    httpStatus: 200,
  });
});

test("waits between attempts double from 250 ms, reduced by at most half at random", async () => {
  await using server = await startLocalServer({ status: 500 });
  const upper = createTestClient(server.url, { retries: 7 });
  await apiErrorOf(upper.listAssociations({ ticketId: "1" }));
  expect(upper.waitsMs).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  const lower = createTestClient(server.url, { random: () => 0 });
  await apiErrorOf(lower.listAssociations({ ticketId: "1" }));
  expect(lower.waitsMs).toEqual([125, 250, 500]);
});

test("a read waits as long as a 503 names", async () => {
  await using server = await startLocalServer({ status: 503, headers: { "retry-after": "7" } }, { body: {} });
  const client = createTestClient(server.url);
  await client.listAssociations({ ticketId: "1" });
  expect(client.waitsMs).toEqual([7_000]);
});

test("a call fails instead of waiting for more than a minute", async () => {
  await using server = await startLocalServer({ status: 429, headers: { "retry-after": "3600" } });
  const error = await apiErrorOf(createTestClient(server.url).createAssociations(CREATION));
  expect(error).toMatchObject({ errorClass: "throttled", retryAfterMs: 3_600_000, attempts: 1 });
});

test("the rate limiter gets every response, with the limit in the gateway's message", async () => {
  await using server = await startLocalServer(
    {
      status: 429,
      body: { error_code: "APIGW.0308", error_msg: "policy user over ratelimit,limit:200,time:1 minute" },
    },
    { body: {} },
  );
  const noted: object[] = [];
  const rateLimiter = {
    acquire: () => Promise.resolve(),
    setMaxRate() {},
    recordResponse: (answer: object) => noted.push(answer),
  };
  await createTestClient(server.url, { rateLimiter }).createAssociations(CREATION);
  const elapsedMs: unknown = expect.any(Number);
  expect(noted).toEqual([
    {
      httpStatus: 429,
      operation: "create",
      isThrottled: true,
      limit: { requests: 200, windowMs: 60_000, scope: "user" },
      elapsedMs,
    },
    { httpStatus: 200, operation: "create", isThrottled: false, elapsedMs },
  ]);
});

test("a throttling that comes with HTTP 200 slows the rate limiter down like a 429", async () => {
  await using server = await startLocalServer(
    { status: 200, headers: { "retry-after": "2" }, body: { error_code: "APIGW.0308", error_msg: "threshold" } },
    { body: {} },
  );
  const slept: number[] = [];
  const clock = { time: 0 };
  const sleep = (milliseconds: number) => {
    slept.push(milliseconds);
    clock.time += milliseconds;
    return Promise.resolve();
  };
  const rateLimiter = createRateLimiter({ now: () => clock.time, sleep });
  await createTestClient(server.url, { rateLimiter }).createAssociations(CREATION);
  expect(slept).toEqual([2_000]);
});

test("while the limit of a day is used up, a call ends immediately and says when it may be sent", async () => {
  const body = { error_code: "APIGW.0308", error_msg: "policy api over ratelimit,limit:1,time:24 hour" };
  await using server = await startLocalServer({ body: {} }, { status: 429, body });
  const client = createTestClient(server.url, { rateLimiter: createRateLimiter() });
  await client.createAssociations(CREATION);
  expect(await apiErrorOf(client.createAssociations(CREATION))).toMatchObject({
    errorClass: "throttled",
    attempts: 1,
    retryAfterMs: 3_600_000,
  });
  const unsent = await connectionErrorOf(client.createAssociations(CREATION));
  expect(unsent).toMatchObject({ kind: "throttled", execution: "no", wasSent: "no", attempts: 0 });
  expect(unsent.retryAfterMs).toBeGreaterThan(3_500_000);
  expect(unsent.message).toMatch(/not sent \(the API's limit allows the next request in \d+ s\)/);
  expect(server.requests).toHaveLength(2);
});

test("a write is retried after a refused connection, because nothing was sent", async () => {
  const endpoint = await closedPort();
  const client = createTestClient(endpoint);
  const error = await connectionErrorOf(client.createAssociations(CREATION));
  expect(error).toMatchObject({ kind: "refused", execution: "no", attempts: 4 });
  expect(error.message).toContain(`connection refused (ECONNREFUSED at ${new URL(endpoint).host})`);
});

test("a host name without an address is of kind dns", async () => {
  const client = createTestClient("http://no-such-host.invalid", { retries: 0 });
  expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject({ kind: "dns", execution: "no" });
});

test("a request without a response in time is of kind timeout, and the execution of a write is unknown", async () => {
  await using server = await startLocalServer("hang");
  const client = createTestClient(server.url, { timeoutMs: 50, retries: 1 });
  expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject({
    kind: "timeout",
    execution: "unknown",
    attempts: 1,
  });
  expect(await connectionErrorOf(client.listAssociations({ ticketId: "1" }))).toMatchObject({
    kind: "timeout",
    execution: "no",
    attempts: 2,
  });
});

test("the caller's signal ends a request in flight", async () => {
  await using server = await startLocalServer("hang");
  const controller = new AbortController();
  const call = connectionErrorOf(
    createTestClient(server.url).createAssociations(CREATION, { signal: controller.signal }),
  );
  await server.arrival(1);
  controller.abort(new Error("shutting down"));
  const error = await call;
  expect(error).toMatchObject({ kind: "aborted", execution: "unknown", attempts: 1 });
  expect(error.cause).toEqual(new Error("shutting down"));
});

test("the caller's signal ends a wait between attempts immediately", async () => {
  await using server = await startLocalServer({ status: 429, headers: { "retry-after": "30" } });
  const controller = new AbortController();
  const client = createOsmClient({ endpoint: server.url, auth: staticToken("t") });
  const call = connectionErrorOf(client.createAssociations(CREATION, { signal: controller.signal }));
  await server.arrival(1);
  controller.abort();
  const error = await call;
  expect(error.kind).toBe("aborted");
  expect(server.requests).toHaveLength(1);
});

test("a call with an aborted signal sends nothing", async () => {
  await using server = await startLocalServer({ body: {} });
  const error = await connectionErrorOf(
    createTestClient(server.url).createAssociations(CREATION, { signal: AbortSignal.abort() }),
  );
  expect(error).toMatchObject({ kind: "aborted", execution: "no", attempts: 0 });
  expect(server.requests).toEqual([]);
});

test("a rejected static token is not sent again [create.token-mandatory]", async () => {
  await using server = await startLocalServer({
    status: 401,
    body: { error_code: "APIGW.0301", error_msg: "token expires" },
  });
  expect(await apiErrorOf(createTestClient(server.url).listAssociations({ ticketId: "1" }))).toMatchObject({
    errorClass: "unauthenticated",
    attempts: 1,
  });
  expect(server.requests).toHaveLength(1);
});

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

test("a finished call leaves no timer and no listener behind", async () => {
  await using server = await startLocalServer({ body: {} });
  const controller = new AbortController();
  const client = createTestClient(server.url, { timeoutMs: 3_600_000 });
  await client.createAssociations(CREATION, { signal: controller.signal });
  const before = countTimers();
  for (let count = 0; count < 20; count++) await client.createAssociations(CREATION, { signal: controller.signal });
  expect(countTimers() - before).toBeLessThan(10);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});
