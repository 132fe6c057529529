import { expect, test } from "vitest";
import { iamPassword, type IamPasswordOptions } from "../src/index.ts";
import { apiErrorOf, connectionErrorOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer, type LocalServer, type Reply } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

const HOUR_MS = 3_600_000;
const START = Date.parse("2026-03-01T00:00:00Z");

function issue(token: string, lifetimeMs = 24 * HOUR_MS, issuedAt = START): Reply {
  return {
    status: 201,
    headers: { "x-subject-token": token },
    body: {
      token: { issued_at: new Date(issuedAt).toISOString(), expires_at: new Date(issuedAt + lifetimeMs).toISOString() },
    },
  };
}

function login(iam: LocalServer | string, options: Partial<IamPasswordOptions> = {}) {
  const iamEndpoint = typeof iam === "string" ? iam : iam.url;
  return iamPassword({ iamEndpoint, user: "u", password: "p", domain: "d", now: () => START, ...options });
}

test("iamPassword obtains the token from IAM: the value of X-Subject-Token in the response header [create.token-from-iam]", async () => {
  await using iam = await startLocalServer(issue("fresh-token"));
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url, { auth: login(iam) }).createAssociations(CREATION);
  expect(server.requests[0]?.headers["x-auth-token"]).toBe("fresh-token");
  expect(iam.requests[0]).toMatchObject({ method: "POST", path: "/v3/auth/tokens?nocatalog=true" });
  expect(JSON.parse(iam.requests[0]?.body ?? "")).toEqual({
    auth: {
      identity: { methods: ["password"], password: { user: { name: "u", password: "p", domain: { name: "d" } } } },
      scope: { domain: { name: "d" } },
    },
  });
});

test("a token may be longer than the documented 5000 characters [create.token-length]", async () => {
  const token = "t".repeat(9_000);
  await using iam = await startLocalServer(issue(token));
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url, { auth: login(iam) }).createAssociations(CREATION);
  expect(server.requests[0]?.headers["x-auth-token"]).toBe(token);
});

test("the scope of a token is the project if one is given", async () => {
  await using iam = await startLocalServer(issue("t"));
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url, { auth: login(iam, { projectId: "project-1" }) }).createAssociations(CREATION);
  expect(JSON.parse(iam.requests[0]?.body ?? "").auth.scope).toEqual({ project: { id: "project-1" } });
});

test("one token serves all calls, including those that wait for it at the same time", async () => {
  await using iam = await startLocalServer(issue("t"));
  await using server = await startLocalServer({ body: {} });
  const client = createTestClient(server.url, { auth: login(iam) });
  await Promise.all(Array.from({ length: 20 }, () => client.listAssociations({ ticketId: "1" })));
  await client.listAssociations({ ticketId: "1" });
  expect(iam.requests).toHaveLength(1);
  expect(server.requests).toHaveLength(21);
});

test.each([
  ["5 minutes before the end of a long life", 24 * HOUR_MS, 24 * HOUR_MS - 300_000],
  ["a tenth before the end of a short life", 10 * 60_000, 9 * 60_000],
])("a token is renewed %s", async (_what, lifetimeMs, renewedAfterMs) => {
  let time = START;
  // The server's clock is two hours ahead: only the length of the life counts.
  await using iam = await startLocalServer(issue("one", lifetimeMs, START + 2 * HOUR_MS), issue("two", lifetimeMs));
  await using server = await startLocalServer({ body: {} });
  const client = createTestClient(server.url, { auth: login(iam, { now: () => time }) });
  await client.listAssociations({ ticketId: "1" });
  time = START + renewedAfterMs - 1;
  await client.listAssociations({ ticketId: "1" });
  time = START + renewedAfterMs;
  await client.listAssociations({ ticketId: "1" });
  expect(server.requests.map(({ headers }) => headers["x-auth-token"])).toEqual(["one", "one", "two"]);
});

test("the old token is used while IAM is down, until it expires", async () => {
  let time = START;
  await using iam = await startLocalServer(issue("one"), { status: 503 });
  await using server = await startLocalServer({ body: {} });
  const client = createTestClient(server.url, { auth: login(iam, { now: () => time }), retries: 0 });
  await client.listAssociations({ ticketId: "1" });
  time = START + 24 * HOUR_MS - 1;
  await client.listAssociations({ ticketId: "1" });
  expect(server.requests).toHaveLength(2);
  time += 1;
  expect(await apiErrorOf(client.listAssociations({ ticketId: "1" }))).toMatchObject({ errorClass: "transient" });
});

test("an IAM that is down gets token requests after growing pauses, however many calls need a token", async () => {
  let time = START;
  await using iam = await startLocalServer({ status: 503 });
  const client = createTestClient(iam.url, { auth: login(iam, { now: () => time }), retries: 0 });
  const asked: number[] = [];
  for (let second = 0; second < 25; second++) {
    for (let call = 0; call < 5; call++) {
      expect(await apiErrorOf(client.listAssociations({ ticketId: "1" }))).toMatchObject({ errorClass: "transient" });
      time += 200;
    }
    asked.push(iam.requests.length);
  }
  expect(asked.at(-1)).toBeLessThan(16);
});

test.each([
  ["an IAM that was down", { status: 503 } as const, 8],
  ["a rejected password", { status: 401 } as const, 1],
])(
  "the pause after %s ends within a minute, although the clock is put back 8 hours",
  async (_what, reply, failures) => {
    let time = START;
    let isUp = false;
    await using iam = await startLocalServer(() => (isUp ? issue("t") : reply));
    await using server = await startLocalServer({ body: {} });
    const client = createTestClient(server.url, { auth: login(iam, { now: () => time }), retries: 0 });
    for (let failed = 0; failed < failures; failed++) await apiErrorOf(client.listAssociations({ ticketId: "1" }));
    isUp = true;
    time -= 8 * HOUR_MS;
    await apiErrorOf(client.listAssociations({ ticketId: "1" })).catch(() => undefined);
    time += 60_000;
    await client.listAssociations({ ticketId: "1" });
    expect(server.requests.at(-1)?.headers["x-auth-token"]).toBe("t");
  },
);

test("a rejected password is not sent again for half a minute, because IAM locks users out", async () => {
  let time = START;
  await using iam = await startLocalServer({ status: 401 });
  const client = createTestClient(iam.url, { auth: login(iam, { now: () => time }) });
  for (; time < START + 29_000; time += 1_000) await apiErrorOf(client.listAssociations({ ticketId: "1" }));
  expect(iam.requests).toHaveLength(1);
  time = START + 30_000;
  await apiErrorOf(client.listAssociations({ ticketId: "1" }));
  expect(iam.requests).toHaveLength(2);
});

test("an IAM that never responds delays no call while the old token is valid", async () => {
  let time = START;
  await using iam = await startLocalServer(issue("one"), "hang");
  await using server = await startLocalServer({ body: {} });
  const client = createTestClient(server.url, { auth: login(iam, { now: () => time }), timeoutMs: 4_000 });
  await client.listAssociations({ ticketId: "1" });
  time = START + 24 * HOUR_MS - 60_000;
  await client.listAssociations({ ticketId: "1" });
  time += 2_000;
  await client.listAssociations({ ticketId: "1" });
  expect([server.requests.length, iam.requests.length]).toEqual([3, 2]);
});

test.each<[string, Reply]>([
  ["a 401", { status: 401, body: { error_code: "APIGW.0307", error_msg: "The token must be updated" } }],
  ["a code with HTTP 200", { body: { error_code: "OSM.01010011" } }],
])(
  "a token that the API rejects with %s is renewed once, and the request is sent once more",
  async (_what, refusal) => {
    await using iam = await startLocalServer(issue("one"), issue("two"));
    await using server = await startLocalServer(({ headers }) =>
      headers["x-auth-token"] === "one" ? refusal : { body: {} },
    );
    const client = createTestClient(server.url, { auth: login(iam) });
    expect(await client.createAssociations(CREATION)).toMatchObject({ attempts: 2 });
    expect(client.waitsMs).toEqual([]);
  },
);

test("a call fails if the renewed token is rejected, too", async () => {
  await using iam = await startLocalServer(issue("one"), issue("two"));
  await using server = await startLocalServer({ status: 401 });
  const error = await apiErrorOf(createTestClient(server.url, { auth: login(iam) }).createAssociations(CREATION));
  expect(error).toMatchObject({ errorClass: "unauthenticated", execution: "no", attempts: 2 });
  expect(iam.requests).toHaveLength(2);
});

/** IAM that issues a new token for each request, an API that accepts some of them, and a client with a clock. */
async function openAccount(accepts: (token: string) => boolean) {
  let time = START;
  let issued = 0;
  const iam = await startLocalServer(() => issue(`token-${++issued}`));
  const server = await startLocalServer(({ headers }) =>
    accepts(String(headers["x-auth-token"]))
      ? { body: {} }
      : { status: 401, body: { error_code: "APIGW.0307", error_msg: "The token must be updated." } },
  );
  const client = createTestClient(server.url, { auth: login(iam, { now: () => time }) });
  return {
    iam,
    server,
    pass: (milliseconds: number) => (time += milliseconds),
    list: () => client.listAssociations({ ticketId: "1" }),
    async [Symbol.asyncDispose]() {
      await Promise.all([iam, server].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

const REJECTION = { errorClass: "unauthenticated", phase: "request", httpStatus: 401, code: "APIGW.0307" };

test("an account whose every token is rejected signs in after growing pauses, and calls reject with the API's response", async () => {
  await using account = await openAccount(() => false);
  for (let call = 0; call < 50; call++) expect(await apiErrorOf(account.list())).toMatchObject(REJECTION);
  expect(account.iam.requests).toHaveLength(2);
  const signedInAt: number[] = [];
  for (let second = 1; second <= 1_500; second++) {
    const { length } = account.iam.requests;
    account.pass(1_000);
    expect(await apiErrorOf(account.list())).toMatchObject(REJECTION);
    if (account.iam.requests.length > length) signedInAt.push(second);
  }
  expect(signedInAt).toEqual([30, 90, 210, 450, 750, 1_050, 1_350]);
});

test("parallel calls of an account whose every token is rejected make two sign-ins", async () => {
  await using account = await openAccount(() => false);
  for (let round = 0; round < 3; round++) {
    const errors = await Promise.all(Array.from({ length: 32 }, () => apiErrorOf(account.list())));
    for (const error of errors) expect(error).toMatchObject(REJECTION);
  }
  expect(account.iam.requests).toHaveLength(2);
});

test("a token that is accepted late is used without another sign-in", async () => {
  let isFixed = false;
  await using account = await openAccount(() => isFixed);
  await apiErrorOf(account.list());
  isFixed = true;
  expect(await account.list()).toMatchObject({ attempts: 1 });
  expect(account.iam.requests).toHaveLength(2);
});

test("tokens that are revoked after they were accepted are renewed immediately, every time", async () => {
  let revoked = 0;
  await using account = await openAccount((token) => Number(token.slice("token-".length)) > revoked);
  for (; revoked < 20; revoked++) expect(await account.list()).toMatchObject({ attempts: revoked === 0 ? 1 : 2 });
  expect(account.iam.requests).toHaveLength(20);
});

test("an own authentication that has no new credential ends the call with the rejection", async () => {
  await using server = await startLocalServer({ status: 401 });
  const auth = { authorize: () => {}, invalidate: () => false };
  const error = await apiErrorOf(createTestClient(server.url, { auth }).createAssociations(CREATION));
  expect(error).toMatchObject({ errorClass: "unauthenticated", attempts: 1 });
});

test("calls that are rejected at the same time renew the token once", async () => {
  await using iam = await startLocalServer(issue("one"), issue("two"), issue("three"));
  await using server = await startLocalServer(({ headers }) =>
    headers["x-auth-token"] === "one" ? { status: 401 } : { body: {} },
  );
  const client = createTestClient(server.url, { auth: login(iam) });
  await Promise.all(Array.from({ length: 10 }, () => client.createAssociations(CREATION)));
  expect(iam.requests).toHaveLength(2);
});

test.each([400, 401, 403, 404])(
  "a rejection by IAM (%d) is of class unauthenticated, and nothing was sent",
  async (status) => {
    await using iam = await startLocalServer({
      status,
      body: { error: { code: status, message: "wrong p", title: "No" } },
    });
    await using server = await startLocalServer({ body: {} });
    const error = await apiErrorOf(createTestClient(server.url, { auth: login(iam) }).createAssociations(CREATION));
    expect(error).toMatchObject({ errorClass: "unauthenticated", execution: "no", httpStatus: status });
    expect(error.message).toContain("/v3/auth/tokens");
    expect(server.requests).toEqual([]);
    expect(iam.requests).toHaveLength(1);
  },
);

test("a response of IAM without a token is an error", async () => {
  await using iam = await startLocalServer({ status: 201, body: {} });
  const error = await apiErrorOf(createTestClient(iam.url, { auth: login(iam) }).createAssociations(CREATION));
  expect(error.message).toContain("no X-Subject-Token");
});

test("a write is retried if IAM cannot be reached, because nothing was sent", async () => {
  await using server = await startLocalServer({ body: {} });
  const client = createTestClient(server.url, { auth: login(await closedPort()) });
  expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject({
    kind: "refused",
    execution: "no",
  });
  expect(client.waitsMs).toHaveLength(3);
  expect(server.requests).toEqual([]);
});

test("a call succeeds if IAM recovers within the retries", async () => {
  await using iam = await startLocalServer("reset", { status: 500 }, issue("t"));
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url, { auth: login(iam) }).createAssociations(CREATION);
  expect(server.requests).toHaveLength(1);
});

test("the abort of one call does not end the renewal that other calls wait for", async () => {
  await using iam = await startLocalServer("hang");
  const controller = new AbortController();
  const client = createTestClient(iam.url, { auth: login(iam, { timeoutMs: 2_000 }), retries: 0 });
  const leaving = connectionErrorOf(client.createAssociations(CREATION, { signal: controller.signal }));
  const staying = connectionErrorOf(client.createAssociations(CREATION));
  await iam.arrival(1);
  controller.abort();
  expect(await leaving).toMatchObject({ kind: "aborted", execution: "no" });
  expect(await staying).toMatchObject({ kind: "timeout", execution: "no" });
  expect(iam.requests).toHaveLength(1);
});

test.each(["user", "password", "domain"])("an empty %s is an ArgumentError", (argument) => {
  expect(() => login("http://127.0.0.1", { [argument]: "" })).toThrow(
    expect.objectContaining({ name: "ArgumentError", argument }),
  );
});
