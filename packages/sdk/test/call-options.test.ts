import { expect, test } from "vitest";
import { withResponse, type AttemptReport, type Transport } from "../src/index.ts";
import { apiErrorOf, argumentErrorOf, connectionErrorOf, failureOf } from "./support/failure-of.ts";
import { startLocalServer } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

test("while no call succeeds, retries end when their budget is used up", async () => {
  await using server = await startLocalServer({ status: 503 });
  const client = createTestClient(server.url, { retryBudget: 5 });
  for (let call = 0; call < 4; call++) await apiErrorOf(client.listAssociations({ ticketId: "1" }));
  // 3 + 2 retries, then none.
  expect(server.requests).toHaveLength(4 + 5);
});

test("five successful calls pay for one retry", async () => {
  await using server = await startLocalServer({ status: 503 }, ...Array.from({ length: 5 }, () => ({ body: {} })), {
    status: 503,
  });
  const client = createTestClient(server.url, { retryBudget: 1, retries: 1 });
  for (let call = 0; call < 5; call++) await client.listAssociations({ ticketId: "1" });
  await apiErrorOf(client.listAssociations({ ticketId: "1" }));
  await apiErrorOf(client.listAssociations({ ticketId: "1" }));
  expect(server.requests).toHaveLength(6 + 2 + 1);
});

test("the total timeout ends a call during an attempt", async () => {
  await using server = await startLocalServer("hang");
  const client = createTestClient(server.url, { totalTimeoutMs: 100, timeoutMs: 60_000 });
  expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject({
    kind: "timeout",
    execution: "unknown",
    attempts: 1,
  });
});

const sleepUntilAborted = (_durationMs: number, signal?: AbortSignal) =>
  new Promise<void>((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

test("the total timeout ends a call during a wait between attempts", async () => {
  await using server = await startLocalServer({ status: 503 });
  const client = createTestClient(server.url, { totalTimeoutMs: 150, sleep: sleepUntilAborted });
  expect(await connectionErrorOf(client.listAssociations({ ticketId: "1" }))).toMatchObject({
    kind: "timeout",
    execution: "no",
    attempts: 1,
  });
});

test.each([429, 503])(
  "HTTP %d that asks for a longer wait than the call may take fails it immediately",
  async (status) => {
    await using server = await startLocalServer({ status, headers: { "retry-after": "30" } });
    const client = createTestClient(server.url, { totalTimeoutMs: 20_000 });
    const error = await apiErrorOf(client.listAssociations({ ticketId: "1" }));
    expect(error).toMatchObject({ httpStatus: status, retryAfterMs: 30_000, attempts: 1 });
    expect(client.waitsMs).toEqual([]);
  },
);

test("a date in Retry-After is compared with the server's clock", async () => {
  const headers = { date: "Sun, 01 Mar 2026 12:00:00 GMT", "retry-after": "Sun, 01 Mar 2026 12:00:07 GMT" };
  await using server = await startLocalServer({ status: 503, headers });
  const error = await apiErrorOf(createTestClient(server.url, { retries: 0 }).listAssociations({ ticketId: "1" }));
  expect(error.retryAfterMs).toBe(7_000);
});

test("the caller's abort is distinguished from the total timeout", async () => {
  await using server = await startLocalServer("hang");
  const controller = new AbortController();
  const client = createTestClient(server.url, { totalTimeoutMs: 60_000 });
  const call = connectionErrorOf(client.createAssociations(CREATION, { signal: controller.signal }));
  await server.arrival(1);
  controller.abort(new Error("enough"));
  const error = await call;
  expect(error).toMatchObject({ kind: "aborted", execution: "unknown" });
  expect(error.cause).toEqual(new Error("enough"));
});

test.each([{ totalTimeoutMs: 0 }, { retryBudget: -1 }, { timeoutMs: Number.NaN }])("refuses %j", async (options) => {
  const [argument] = Object.keys(options);
  expect(await argumentErrorOf((async () => createTestClient("http://127.0.0.1", options))())).toMatchObject({
    argument,
  });
});

test("a hook adds headers to every attempt and gets the result of each", async () => {
  await using server = await startLocalServer({ status: 503 }, { body: {}, headers: { "x-request-id": "r-2" } });
  const reports: AttemptReport[] = [];
  let seen = 0;
  const client = createTestClient(server.url, {
    hooks: {
      beforeRequest: ({ headers }) => headers.set("X-Trace", `trace-${++seen}`),
      afterResponse: (report) => void reports.push(report),
    },
  });
  await client.listAssociations({ ticketId: "T1" });
  expect(server.requests.map(({ headers }) => headers["x-trace"])).toEqual(["trace-1", "trace-2"]);
  expect(reports).toMatchObject([
    { operation: "list associations of T1", attempt: 1, httpStatus: 503, error: { errorClass: "transient" } },
    { operation: "list associations of T1", attempt: 2, httpStatus: 200, error: undefined },
  ]);
});

test("an error that a hook throws fails the call", async () => {
  await using server = await startLocalServer({ body: {} });
  const hooks = {
    beforeRequest: () => {
      throw new Error("not today");
    },
  };
  expect(await failureOf(createTestClient(server.url, { hooks }).createAssociations(CREATION))).toEqual(
    new Error("not today"),
  );
  expect(server.requests).toEqual([]);
});

test("withResponse returns headers, status and request id", async () => {
  await using server = await startLocalServer({ body: {}, headers: { "x-request-id": "r-1", "x-kind": "k" } });
  const client = createTestClient(server.url);
  const answer = await withResponse(client.listAssociations({ ticketId: "1" }));
  expect(answer).toMatchObject({ httpStatus: 200, requestId: "r-1", data: { associations: [], attempts: 1 } });
  expect(answer.headers.get("X-Kind")).toBe("k");
  expect(answer.headers.get("absent")).toBeNull();
  const foreign = Promise.resolve({ httpStatus: 200, requestId: undefined, attempts: 1 });
  expect(await argumentErrorOf(withResponse(foreign))).toMatchObject({ argument: "call" });
});

const never = () => new Promise<never>(() => {});

test.each([
  ["a beforeRequest hook", { hooks: { beforeRequest: never } }],
  ["an authorize", { auth: { authorize: never } }],
])("%s that never ends does not outlast timeout, total timeout and signal", async (_what, options) => {
  const endpoint = "http://127.0.0.1:1";
  for (const limit of [{ timeoutMs: 50 }, { totalTimeoutMs: 50 }]) {
    const client = createTestClient(endpoint, { retries: 0, ...options, ...limit });
    expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject({
      kind: "timeout",
      wasSent: "no",
    });
  }
  const signal = AbortSignal.abort();
  const client = createTestClient(endpoint, options);
  expect(await connectionErrorOf(client.createAssociations(CREATION, { signal }))).toMatchObject({ kind: "aborted" });
});

test.each<[string, () => Promise<void> | void]>([
  [
    "throws",
    () => {
      throw new Error("broken hook");
    },
  ],
  ["rejects", () => Promise.reject(new Error("broken hook"))],
  ["never ends", never],
])(
  "an afterResponse hook that %s hides neither a write that was completed nor an ApiError",
  async (_what, afterResponse) => {
    await using server = await startLocalServer({ body: {} }, { body: { error_code: "OSM.01010043" } });
    const client = createTestClient(server.url, { hooks: { afterResponse }, timeoutMs: 1_000 });
    expect(await client.createAssociations(CREATION)).toMatchObject({ httpStatus: 200 });
    expect(await apiErrorOf(client.createAssociations(CREATION))).toMatchObject({ errorClass: "limit" });
  },
);

test("two listeners of a cancellation both hear its end", async () => {
  const heard: string[] = [];
  const client = createTestClient("http://127.0.0.1:1", {
    timeoutMs: 50,
    retries: 0,
    fetch: (_url, { cancellation }) => {
      for (const name of ["a", "b"]) cancellation?.addEventListener("abort", () => heard.push(name));
      return new Promise((_resolve, reject) =>
        cancellation?.addEventListener("abort", () => reject(cancellation.reason)),
      );
    },
  });
  await connectionErrorOf(client.listAssociations({ ticketId: "1" }));
  expect(heard).toEqual(["a", "b"]);
});

test("every option can be given as undefined, as a caller with exactOptionalPropertyTypes passes it on", async () => {
  await using server = await startLocalServer({ body: {} });
  const groupId: string | undefined = undefined;
  const client = createTestClient(server.url, { language: undefined, timeoutMs: undefined, hooks: undefined });
  await client.createAssociations({ ...CREATION, groupId });
  await client.deleteAssociation({ ticketId: "1", relatedId: "2", groupId }, { signal: undefined });
  expect(server.requests.map(({ body }) => body)).toEqual(['{"related_id_list":["1","2","3"]}', '{"related_id":"2"}']);
});

test("a transport of one's own may copy the request: its signal is copied, too", async () => {
  await using server = await startLocalServer("hang");
  let signal: AbortSignal | undefined;
  const copying: Transport = (url, request) => {
    const copy = { ...request };
    ({ signal } = copy);
    return fetch(url, copy);
  };
  const client = createTestClient(server.url, { fetch: copying, retries: 0 });
  const controller = new AbortController();
  const call = client.listAssociations({ ticketId: "1" }, { signal: controller.signal });
  await server.arrival(1);
  controller.abort(new Error("enough"));
  expect(await connectionErrorOf(call)).toMatchObject({ kind: "aborted" });
  expect(signal?.aborted).toBe(true);
});
