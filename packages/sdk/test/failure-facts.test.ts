import { expect, test } from "vitest";
import {
  ApiError,
  ensureAssociations,
  iamPassword,
  isApiError,
  isArgumentError,
  isConnectionError,
  isOsmError,
  tokenProvider,
  type Authentication,
  type OsmClientOptions,
} from "../src/index.ts";
import { apiErrorOf, argumentErrorOf, connectionErrorOf, failureOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer, type Reply } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

/** The error that creating associations fails with. */
const failWith = (endpoint: string, options: Partial<OsmClientOptions> = {}) =>
  failureOf(createTestClient(endpoint, options).createAssociations(CREATION));

test.each<[string, Reply, object]>([
  ["an error response", { status: 500 }, { wasSent: "yes", execution: "unknown" }],
  ["a rejected write", { body: { error_code: "OSM.01010043" } }, { wasSent: "yes", execution: "no" }],
  ["a broken connection", "reset", { wasSent: "unknown", execution: "unknown" }],
])("%s is a failure of phase request", async (_what, reply, facts) => {
  await using server = await startLocalServer(reply);
  const error = await failWith(server.url);
  expect(isOsmError(error)).toBe(true);
  expect(error).toMatchObject({ phase: "request", attempts: 1, ...facts });
});

test("a refused connection proves that nothing was sent", async () => {
  expect(await failWith(await closedPort())).toMatchObject({ phase: "request", wasSent: "no", execution: "no" });
});

test("an argument that cannot be used is a failure of phase arguments", async () => {
  const client = createTestClient("http://127.0.0.1");
  const error = await argumentErrorOf(client.createAssociations({ ...CREATION, relatedIds: [] }));
  expect(isOsmError(error)).toBe(true);
  expect(error).toMatchObject({ phase: "arguments", wasSent: "no", execution: "no", attempts: 0 });
});

test.each<[string, Reply, object]>([
  ["rejects the password", { status: 401 }, { name: "ApiError", errorClass: "unauthenticated" }],
  ["responds with HTTP 503", { status: 503 }, { name: "ApiError", errorClass: "transient" }],
  ["breaks the connection", "reset", { name: "ConnectionError", kind: "reset" }],
])("a token service that %s is a failure of phase sign-in: the write was not sent", async (_what, reply, facts) => {
  await using iam = await startLocalServer(reply);
  const auth = iamPassword({ iamEndpoint: iam.url, user: "u", password: "p", domain: "d" });
  const error = await failWith(await closedPort(), { auth });
  expect(isOsmError(error)).toBe(true);
  expect(error).toMatchObject({ phase: "sign-in", wasSent: "no", execution: "no", ...facts });
});

test("an ApiError of the caller's own authorize is a failure of phase sign-in, whatever it states itself", async () => {
  const auth: Authentication = {
    authorize() {
      const facts = {
        operation: "GET /token",
        httpStatus: 500,
        errorClass: "transient",
        execution: "unknown",
      } as const;
      throw new ApiError({ ...facts, attempts: 1 });
    },
  };
  const error = await apiErrorOf(createTestClient("http://127.0.0.1", { auth }).createAssociations(CREATION));
  expect(error).toMatchObject({ phase: "sign-in", wasSent: "no", execution: "no" });
});

test("a provided token that has expired is an ArgumentError of phase sign-in", async () => {
  const auth = tokenProvider(() => ({ token: "t", expiresAt: new Date(0) }));
  const error = await failWith("http://127.0.0.1", { auth });
  expect(isArgumentError(error)).toBe(true);
  expect(error).toMatchObject({ phase: "sign-in", wasSent: "no" });
});

test("another error of the caller's own authorize passes unchanged and is no OsmError", async () => {
  const auth = tokenProvider(() => Promise.reject(new Error("vault closed")));
  const error = await failWith("http://127.0.0.1", { auth });
  expect(error).toEqual(new Error("vault closed"));
  expect(isOsmError(error)).toBe(false);
});

test("a call that times out while it waits for a token fails in phase sign-in", async () => {
  const auth = tokenProvider(() => new Promise(() => {}));
  const error = await failWith("http://127.0.0.1", { auth, timeoutMs: 20, retries: 0 });
  expect(isConnectionError(error)).toBe(true);
  expect(error).toMatchObject({ kind: "timeout", phase: "sign-in", wasSent: "no", execution: "no" });
  expect(String(error)).toContain("no response in time while signing in");
});

test("authorize gets a signal that aborts with the attempt, also if it declares no parameter for it", async () => {
  let reason: unknown;
  const authorize: Authentication["authorize"] = (...[, { signal }]) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        reason = signal.reason;
        reject(signal.reason);
      });
    });
  expect(authorize).toHaveLength(0);
  const error = await failWith("http://127.0.0.1", { auth: { authorize }, timeoutMs: 20, retries: 0 });
  expect(error).toMatchObject({ kind: "timeout", phase: "sign-in" });
  expect(reason).toMatchObject({ name: "TimeoutError" });
});

test("a write is retried if the transport states that it was not sent, and the reason is in the message", async () => {
  await using server = await startLocalServer({ body: {} });
  let refusals = 0;
  const fetch: OsmClientOptions["fetch"] = (url, request) =>
    refusals++ < 2
      ? Promise.reject(Object.assign(new Error("the line is closed"), { wasSent: "no" }))
      : globalThis.fetch(url, request);
  expect(await createTestClient(server.url, { fetch }).createAssociations(CREATION)).toMatchObject({ attempts: 3 });
  refusals = 0;
  const error = await connectionErrorOf(
    createTestClient(server.url, { fetch, retries: 1 }).createAssociations(CREATION),
  );
  expect(error).toMatchObject({ kind: "unsent", phase: "request", wasSent: "no", execution: "no", attempts: 2 });
  expect(error.message).toContain("not sent (the line is closed)");
});

test("a call that is aborted before its first request states that nothing was sent", async () => {
  const client = createTestClient("http://127.0.0.1");
  const error = await failureOf(client.createAssociations(CREATION, { signal: AbortSignal.abort() }));
  expect(error).toMatchObject({ kind: "aborted", phase: "request", wasSent: "no", execution: "no", attempts: 0 });
});

test("ensureAssociations states that it sent no write if the ticket would get too many associations", async () => {
  const present = ["a", "b", "c"].map((id) => ({ case_id: id }));
  await using server = await startLocalServer({ body: { case_relation_list: present } });
  const error = await failureOf(ensureAssociations(createTestClient(server.url), { ...CREATION, relatedIds: ["d"] }));
  expect(isApiError(error)).toBe(true);
  expect(error).toMatchObject({ errorClass: "limit", wasSent: "no", execution: "no" });
});

test("ensureAssociations rejects with a ConnectionError if it is aborted while it waits to list again", async () => {
  await using server = await startLocalServer({ body: {} }, { status: 500 });
  const controller = new AbortController();
  const error = await connectionErrorOf(
    ensureAssociations(createTestClient(server.url), CREATION, {
      signal: controller.signal,
      sleep: (_durationMs, signal) => {
        controller.abort(new Error("enough"));
        return Promise.reject(signal?.reason);
      },
    }),
  );
  expect(error).toMatchObject({ kind: "aborted", execution: "unknown", attempts: 2 });
  expect(error.cause).toEqual(new Error("enough"));
});

test("an abort whose reason is the error of another call is an abort of this one", async () => {
  await using server = await startLocalServer({ status: 400 }, "hang");
  const client = createTestClient(server.url);
  const other = await apiErrorOf(client.createAssociations(CREATION));
  const controller = new AbortController();
  const call = connectionErrorOf(client.createAssociations(CREATION, { signal: controller.signal }));
  await server.arrival(2);
  controller.abort(other);
  expect(await call).toMatchObject({ kind: "aborted", wasSent: "unknown", execution: "unknown", cause: other });
});

test("an abort while signing in, with the error of another call as its reason, is an abort of this one", async () => {
  const controller = new AbortController();
  const reason = new ApiError({ operation: "x", httpStatus: 400, errorClass: "limit", execution: "yes", attempts: 9 });
  const auth: Authentication = {
    authorize(_request, { signal }) {
      controller.abort(reason);
      signal.throwIfAborted();
    },
  };
  const client = createTestClient(await closedPort(), { auth });
  const error = await connectionErrorOf(client.createAssociations(CREATION, { signal: controller.signal }));
  expect(error).toMatchObject({ kind: "aborted", phase: "sign-in", wasSent: "no", execution: "no", cause: reason });
});
