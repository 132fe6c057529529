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
