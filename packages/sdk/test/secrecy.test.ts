import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import {
  createRateLimiter,
  iamPassword,
  logHooks,
  signature,
  staticToken,
  tokenProvider,
  withResponse,
  type Authentication,
} from "../src/index.ts";
import { defaultCredentials } from "../src/credentials.ts";
import { createNodeTransport } from "../src/node.ts";
import { failureOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer, type Reply, type SeenRequest } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

const CANARY = "canary-7f3a";

/** Everything that a logger might print of a value. */
function traces(value: unknown): string {
  return [
    inspect(value, { depth: Infinity, showHidden: true, getters: true }),
    JSON.stringify(value),
    String(value),
    value instanceof Error ? `${value.stack}${inspect(value.cause, { depth: Infinity, showHidden: true })}` : "",
  ].join("\n");
}

/** Repeats the whole request, as gateways do. */
const ECHO =
  (status: number) =>
  (request: SeenRequest): Reply => ({
    status,
    body: {
      error_code: "APIGW.0303",
      error_msg: `canonicalRequest ${JSON.stringify(request.headers)} ${request.body}`,
    },
  });

const REPLIES: [string, Reply | ((request: SeenRequest) => Reply)][] = [
  ["200 with a code", ECHO(200)],
  ["401", ECHO(401)],
  ["403", ECHO(403)],
  ["500", ECHO(500)],
  ["a reset", "reset"],
  ["none", "hang"],
];

const AUTHENTICATIONS: [string, (iam: string) => Authentication][] = [
  ["a token", () => staticToken(`token-${CANARY}`)],
  ["a password", (iamEndpoint) => iamPassword({ iamEndpoint, user: "u", password: `password-${CANARY}`, domain: "d" })],
  [
    "a signature",
    () =>
      signature({ accessKey: `key-${CANARY}`, secretKey: `secret-${CANARY}`, securityToken: `temporary-${CANARY}` }),
  ],
];

for (const [authName, makeAuth] of AUTHENTICATIONS)
  for (const [replyName, reply] of REPLIES)
    test.each(["global fetch", "Node transport"])(
      `no secret in an error: ${authName}, response ${replyName}, over the %s`,
      async (transportName) => {
        await using iam = await startLocalServer({ status: 201, headers: { "x-subject-token": `issued-${CANARY}` } });
        await using server = await startLocalServer(reply);
        const auth = makeAuth(iam.url);
        const transport = createNodeTransport();
        const client = createTestClient(server.url, {
          auth,
          retries: 0,
          // Only the case without a response waits for this timeout, so it is short there.
          timeoutMs: reply === "hang" ? 1_000 : 30_000,
          ...(transportName === "Node transport" ? { fetch: transport } : {}),
        });
        const error = await failureOf(client.createAssociations(CREATION));
        expect(JSON.stringify(server.requests[0]?.headers)).toContain(CANARY);
        for (const value of [error, client, auth]) expect(traces(value)).not.toContain(CANARY);
        const [, signed = CANARY] = /Signature=([0-9a-f]+)/.exec(server.requests[0]?.headers.authorization ?? "") ?? [];
        expect(traces(error)).not.toContain(signed);
        await transport.close();
      },
    );

test("no secret in an error: a password that IAM rejects and repeats", async () => {
  await using iam = await startLocalServer(({ body }) => ({
    status: 401,
    body: { error: { code: 401, message: body } },
  }));
  const auth = iamPassword({ iamEndpoint: iam.url, user: "u", password: `password-${CANARY}`, domain: "d" });
  const error = await failureOf(createTestClient(iam.url, { auth }).createAssociations(CREATION));
  expect(iam.requests[0]?.body).toContain(CANARY);
  expect(traces(error)).not.toContain(CANARY);
});

/** A password with the characters that encodings change. */
const PASSWORD = `a"b\\c/ü 😀+${CANARY}%`;

const ENCODINGS: [string, (secret: string) => string][] = [
  ["as it is", (secret) => secret],
  ["as JSON", (secret) => JSON.stringify(secret)],
  ["as JSON in JSON", (secret) => JSON.stringify(JSON.stringify(secret))],
  ["as JSON with escaped slashes", (secret) => JSON.stringify(secret).replaceAll("/", "\\/")],
  [
    "as ASCII JSON",
    (secret) =>
      JSON.stringify(secret)
        .replaceAll("/", "\\/")
        .replaceAll(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  ],
  ["as a part of a URL", (secret) => encodeURIComponent(secret)],
  ["as a part of a form", (secret) => new URLSearchParams([["p", secret]]).toString()],
  ["as Base64", (secret) => Buffer.from(secret).toString("base64")],
  ["as Base64 for URLs", (secret) => Buffer.from(secret).toString("base64url")],
];

for (const [encodingName, encode] of ENCODINGS)
  for (const field of ["message", "code", "request_id"])
    test(`no secret in an error: a password that IAM repeats ${encodingName} in its field ${field}`, async () => {
      const echo = `before ${encode(PASSWORD)} after`;
      await using iam = await startLocalServer({
        status: 401,
        body: {
          error: { code: "IAM.0001", message: "no", [field]: echo },
          request_id: field === "request_id" ? echo : "r",
        },
      });
      const auth = iamPassword({ iamEndpoint: iam.url, user: "u", password: PASSWORD, domain: "d" });
      const error = await failureOf(createTestClient(iam.url, { auth }).createAssociations(CREATION));
      expect(JSON.parse(iam.requests[0]?.body ?? "").auth.identity.password.user.password).toBe(PASSWORD);
      expect(traces(error)).toMatch(/before (p=)?"*\\*"*\[redacted\]/);
      for (const part of [CANARY, Buffer.from(PASSWORD).toString("base64").slice(0, 12)])
        expect(traces(error)).not.toContain(part);
    });

test("a password of one character does not spoil the words of a message", async () => {
  await using iam = await startLocalServer({ status: 401, body: { error: { message: "You cannot sign in with x." } } });
  const auth = iamPassword({ iamEndpoint: iam.url, user: "u", password: "x", domain: "d" });
  const error = await failureOf(createTestClient(iam.url, { auth }).createAssociations(CREATION));
  expect(error).toMatchObject({ apiMessage: "You cannot sign in with [redacted]." });
});

test("a text that nearly repeats a secret is cleaned in linear time", async () => {
  const token = "/-".repeat(400);
  const text = `${"/-".repeat(399)}/!`.repeat(20) + "\\".repeat(10_000);
  await using server = await startLocalServer({ status: 403, body: { error_code: "E", error_msg: text } });
  const error = await failureOf(
    createTestClient(server.url, { auth: staticToken(token) }).createAssociations(CREATION),
  );
  expect(error).toMatchObject({ apiMessage: text.slice(0, 500) });
});

test("no secret in an error: a value that an own authentication or a hook puts into a header", async () => {
  await using server = await startLocalServer(ECHO(403));
  const client = createTestClient(server.url, {
    auth: { authorize: ({ headers }) => headers.set("X-My-Secret", `mine-${CANARY}`) },
    hooks: { beforeRequest: ({ headers }) => headers.set("Authorization", `Bearer hooked-${CANARY}`) },
  });
  const error = await failureOf(client.createAssociations(CREATION));
  expect(JSON.stringify(server.requests[0]?.headers).split(CANARY)).toHaveLength(3);
  expect(traces(error)).toContain("[redacted]");
  expect(traces(error)).not.toContain(CANARY);
});

test("a token of 100,000 characters is removed from a message", async () => {
  const token = CANARY + randomBytes(75_000).toString("base64");
  const client = createTestClient("http://127.0.0.1", {
    auth: staticToken(token),
    fetch: async (_url, { headers }) =>
      Response.json({ error_code: "APIGW.0303", error_msg: `token ${headers["x-auth-token"]}` }, { status: 403 }),
  });
  expect(await failureOf(client.createAssociations(CREATION))).toMatchObject({ apiMessage: "token [redacted]" });
});

test.each(["global fetch", "Node transport"])(
  "no secret in an error: a malformed response that repeats the request, over the %s",
  async (transportName) => {
    const server = createServer((socket) => {
      socket.once("data", (request) => socket.end(`HTTP/1.1 200 OK\r\n${request.toString("latin1")}`));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const transport = createNodeTransport();
    const client = createTestClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      auth: staticToken(`token-${CANARY}`),
      retries: 0,
      ...(transportName === "Node transport" ? { fetch: transport } : {}),
    });
    const error = await failureOf(client.createAssociations(CREATION));
    expect(error).toMatchObject({ name: "ConnectionError" });
    expect(traces(error)).toContain("HTTPParserError");
    expect(traces(error)).not.toContain(CANARY);
    await transport.close();
    server.close();
  },
);

/** An error as an HTTP library makes it: with the whole request. */
function libraryError(secret: string): Error {
  const config = { headers: { "x-auth-token": secret }, data: Buffer.from(secret) };
  const inner = Object.assign(new Error(`inner ${secret}`), { code: `E_${secret}`, config });
  const error = Object.assign(new AggregateError([inner, secret], `outer ${secret}`, { cause: inner }), { config });
  Object.defineProperty(error, "hidden", { value: config });
  return error;
}

test.each([{}, { wasSent: "no" }])(
  "no secret in an error: an own transport whose errors have the request and %j",
  async (stated) => {
    const secret = `token-${CANARY}`;
    const client = createTestClient("http://127.0.0.1", {
      fetch: () => Promise.reject(Object.assign(libraryError(secret), stated)),
      auth: staticToken(secret),
      retries: 0,
    });
    const error = await failureOf(client.createAssociations(CREATION));
    expect(traces(error)).not.toContain(CANARY);
    expect(traces(error)).not.toContain(Buffer.from(CANARY).toString("hex").match(/../g)?.join(" "));
    expect(error).toMatchObject({
      cause: {
        name: "AggregateError",
        message: "outer [redacted]",
        cause: { code: "E_[redacted]", message: "inner [redacted]" },
      },
    });
  },
);

test("a cause keeps the facts that explain the failure", async () => {
  const error = await failureOf(createTestClient(await closedPort(), { retries: 0 }).createAssociations(CREATION));
  expect(error).toMatchObject({
    cause: { name: "TypeError", message: "fetch failed", cause: { code: "ECONNREFUSED", syscall: "connect" } },
  });
});

test("no secret in an error: IAM that cannot be reached", async () => {
  const auth = iamPassword({ iamEndpoint: await closedPort(), user: "u", password: `password-${CANARY}`, domain: "d" });
  const error = await failureOf(createTestClient("http://127.0.0.1", { auth }).createAssociations(CREATION));
  expect(traces(error)).not.toContain(CANARY);
});

test.each([
  () => staticToken(`${CANARY}\n`),
  () => staticToken(`${CANARY}é`),
  () => signature({ accessKey: `${CANARY}\n`, secretKey: "s" }),
  () => signature({ accessKey: "a", secretKey: "s", securityToken: `${CANARY}\n` }),
])("a secret that is not allowed in a header is an ArgumentError without the secret", (make) => {
  let thrown: unknown;
  try {
    make();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ name: "ArgumentError" });
  expect(traces(thrown)).not.toContain(CANARY);
});

test("the result of a call contains no secret", async () => {
  await using server = await startLocalServer({ body: { case_relation_list: [{ case_id: "1" }] } });
  const client = createTestClient(server.url, { auth: staticToken(CANARY) });
  expect(traces(await client.listAssociations({ ticketId: "1" }))).not.toContain(CANARY);
});

test("no secret in hook reports, in a log, in a rate limiter, or in found credentials", async () => {
  await using server = await startLocalServer(ECHO(401), "reset", { body: {} });
  const seen: unknown[] = [];
  const logger = { debug: (...entry: unknown[]) => seen.push(entry), warn: (...entry: unknown[]) => seen.push(entry) };
  const logging = logHooks(logger, { headers: ["date", "x-auth-token"] });
  const rateLimiter = createRateLimiter();
  const found = defaultCredentials({ environment: { CASELINK_TOKEN: `token-${CANARY}` } });
  const provider = tokenProvider(() => `token-${CANARY}`);
  for (const auth of [found.auth, provider]) {
    const client = createTestClient(server.url, {
      auth,
      rateLimiter,
      hooks: {
        afterResponse: async (report) => {
          seen.push(report);
          await logging.afterResponse?.(report);
        },
      },
    });
    const call = client.listAssociations({ ticketId: "1" });
    seen.push(client, await withResponse(call).catch((error: unknown) => error));
    seen.push(await call.catch((error: unknown) => error));
  }
  seen.push(rateLimiter, found, provider);
  expect(JSON.stringify(server.requests[0]?.headers)).toContain(CANARY);
  expect(seen.length).toBeGreaterThan(8);
  for (const value of seen) expect(traces(value)).not.toContain(CANARY);
});

test("no secret in an error of the caller's own transport", async () => {
  const client = createTestClient("http://127.0.0.1", {
    fetch: () => Promise.reject(new Error("network down")),
    auth: staticToken(CANARY),
    retries: 0,
  });
  expect(traces(await failureOf(client.createAssociations(CREATION)))).not.toContain(CANARY);
});
