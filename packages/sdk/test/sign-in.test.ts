import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startSimulator } from "@caselink/simulator";
import { expect, test } from "vitest";
import { signature, staticToken, tokenProvider } from "../src/index.ts";
import { defaultCredentials } from "../src/credentials.ts";
import { apiErrorOf, argumentErrorOf, connectionErrorOf, failureOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer, type Reply } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

const KEY = { accessKey: "DEMOACCESSKEY", secretKey: "demo-secret-key" };

test("a wrong clock is corrected from the date of the first rejection, and the call is sent once more", async () => {
  await using simulator = await startSimulator();
  const auth = signature({ ...KEY, now: () => Date.now() - 3 * 60 * 60_000 });
  const client = createTestClient(simulator.url, { auth });
  expect(await client.createAssociations(CREATION)).toMatchObject({ attempts: 2 });
  expect(await client.listAssociations({ ticketId: CREATION.ticketId })).toMatchObject({ attempts: 1 });
  expect(simulator.counts()).toMatchObject({ requests: 3, byStatus: { "200": 2, "401": 1 } });
});

test("a rejected signature with a good date is not sent again", async () => {
  await using simulator = await startSimulator();
  const client = createTestClient(simulator.url, { auth: signature({ ...KEY, secretKey: "another" }) });
  expect(await apiErrorOf(client.createAssociations(CREATION))).toMatchObject({ attempts: 1 });
  expect(simulator.counts().requests).toBe(1);
});

const anHourSlow = () => Date.now() - 3_600_000;

test("64 calls at the same time with a wrong clock cost one rejection, over all clients, and do not lock the key", async () => {
  await using simulator = await startSimulator();
  const auth = signature({ ...KEY, now: anHourSlow });
  const clients = [createTestClient(simulator.url, { auth }), createTestClient(simulator.url, { auth })];
  const calls = Array.from({ length: 32 }, (_, at) =>
    clients.map((client) => client.listAssociations({ ticketId: `T${at}` })),
  );
  await Promise.all(calls.flat());
  expect(simulator.counts()).toMatchObject({ requests: 65, byStatus: { "200": 64, "401": 1 } });
});

const UNDATED = { date: "" };

test("signed calls are sent one by one until the first response that has a date, then together", async () => {
  const replies: Reply[] = [
    { status: 503, headers: UNDATED },
    "reset",
    { status: 503, headers: UNDATED },
    { body: {} },
  ];
  const arrived: number[] = [];
  await using other = await startLocalServer({});
  await using server = await startLocalServer(async () => {
    const reply = replies.shift();
    // The last ones are answered only if all of them have arrived.
    if (reply === undefined) await server.arrival(16 + 3);
    // Requests that were sent together with this one arrive before these.
    else for (let later = 0; later < 3; later++) await fetch(other.url);
    arrived.push(server.requests.length);
    return reply ?? { body: {} };
  });
  const client = createTestClient(server.url, { auth: signature({ ...KEY, now: anHourSlow }) });
  await Promise.all(Array.from({ length: 16 }, () => client.listAssociations({ ticketId: "1" })));
  expect(arrived.slice(0, 4)).toEqual([1, 2, 3, 4]);
});

test("signed calls are sent together after a success without a date", async () => {
  await using server = await startLocalServer({ body: {}, headers: UNDATED }, async () => {
    await server.arrival(16);
    return { body: {} };
  });
  const client = createTestClient(server.url, { auth: signature(KEY) });
  await Promise.all(Array.from({ length: 16 }, () => client.listAssociations({ ticketId: "1" })));
  expect(server.requests).toHaveLength(16);
});

test("signed calls go on one by one if the first finds no server", async () => {
  const client = createTestClient(await closedPort(), { auth: signature(KEY), retries: 0 });
  const errors = await Promise.all([1, 2, 3].map(() => connectionErrorOf(client.createAssociations(CREATION))));
  expect(errors.map(({ kind, execution }) => `${kind} ${execution}`)).toEqual(Array(3).fill("refused no"));
});

test.each([
  ["signal", "aborted", () => ({ signal: AbortSignal.timeout(50) }), {}],
  ["timeoutMs", "timeout", () => ({}), { timeoutMs: 50 }],
  ["totalTimeoutMs", "timeout", () => ({}), { totalTimeoutMs: 50 }],
] as const)("a signed call that waits for the first one obeys its %s", async (_what, kind, callOptions, options) => {
  await using server = await startLocalServer("hang", { body: {} });
  const auth = signature(KEY);
  const leaving = new AbortController();
  const first = connectionErrorOf(
    createTestClient(server.url, { auth }).listAssociations({ ticketId: "1" }, { signal: leaving.signal }),
  );
  await server.arrival(1);
  const client = createTestClient(server.url, { auth, retries: 0, ...options });
  const waiting = await connectionErrorOf(client.createAssociations(CREATION, callOptions()));
  expect(waiting).toMatchObject({ kind, wasSent: "no", execution: "no" });
  expect(server.requests).toHaveLength(1);
  leaving.abort();
  expect(await first).toMatchObject({ kind: "aborted" });
  await createTestClient(server.url, { auth }).createAssociations(CREATION);
});

test.each([{ age: "3600" }, { "cache-status": "edge; hit; ttl=30" }, { "x-cache": "HIT from edge" }])(
  "a response of a cache (%j) does not correct the clock",
  async (headers) => {
    const dates: string[] = [];
    await using server = await startLocalServer((request) => {
      dates.push(String(request.headers["x-sdk-date"]));
      return { body: {}, headers: { date: "Sun, 01 Mar 2026 11:00:00 GMT", ...(dates.length === 1 ? headers : {}) } };
    });
    const auth = signature({ ...KEY, now: () => Date.parse("2026-03-01T12:00:00Z") });
    const client = createTestClient(server.url, { auth });
    for (let call = 0; call < 3; call++) await client.listAssociations({ ticketId: "1" });
    expect(dates).toEqual(["20260301T120000Z", "20260301T120000Z", "20260301T110000Z"]);
  },
);

test("a clock that is right, or nearly right, is not corrected", async () => {
  const dates: string[] = [];
  await using server = await startLocalServer(({ headers }) => {
    dates.push(String(headers["x-sdk-date"]));
    return { body: {}, headers: { date: "Sun, 01 Mar 2026 12:00:20 GMT" } };
  });
  const auth = signature({ ...KEY, now: () => Date.parse("2026-03-01T12:00:00Z") });
  const client = createTestClient(server.url, { auth });
  await client.createAssociations(CREATION);
  await client.createAssociations(CREATION);
  expect(dates).toEqual(["20260301T120000Z", "20260301T120000Z"]);
});

test("each attempt is signed anew", async () => {
  const dates: string[] = [];
  let now = Date.parse("2026-03-01T12:00:00Z");
  await using server = await startLocalServer(({ headers }) => {
    dates.push(String(headers["x-sdk-date"]));
    now += 5_000;
    return { status: 503 };
  });
  const auth = signature({ ...KEY, now: () => now });
  auth.recordServerTime?.(now);
  delete auth.recordServerTime;
  await apiErrorOf(createTestClient(server.url, { auth, retries: 1 }).listAssociations({ ticketId: "1" }));
  expect(dates).toEqual(["20260301T120000Z", "20260301T120005Z"]);
});

test("a provided token is used until shortly before it expires, and requested once for all calls", async () => {
  await using server = await startLocalServer({ body: {} });
  let now = 0;
  let count = 0;
  const auth = tokenProvider(() => ({ token: `t-${++count}`, expiresAt: now + 3_600_000 }), { now: () => now });
  const client = createTestClient(server.url, { auth });
  await Promise.all([1, 2, 3].map(() => client.listAssociations({ ticketId: "1" })));
  now = 3_600_000 - 5 * 60_000;
  await client.listAssociations({ ticketId: "1" });
  expect(server.requests.map(({ headers }) => headers["x-auth-token"])).toEqual(["t-1", "t-1", "t-1", "t-2"]);
});

test("a rejected token is requested once more from the provider", async () => {
  await using server = await startLocalServer({ status: 401 }, { body: {} }, { status: 401 });
  let count = 0;
  const auth = tokenProvider(async () => `t-${++count}`);
  const client = createTestClient(server.url, { auth });
  expect(await client.createAssociations(CREATION)).toMatchObject({ attempts: 2 });
  expect(await apiErrorOf(client.createAssociations(CREATION))).toMatchObject({ attempts: 2 });
  expect(server.requests.map(({ headers }) => headers["x-auth-token"])).toEqual(["t-1", "t-2", "t-2", "t-3"]);
});

test("the provider's error and an expired token reach the caller", async () => {
  const failing = tokenProvider(() => Promise.reject(new Error("vault closed")));
  expect(await failureOf(createTestClient("http://127.0.0.1", { auth: failing }).createAssociations(CREATION))).toEqual(
    new Error("vault closed"),
  );
  const ended = tokenProvider(() => ({ token: "t", expiresAt: new Date(0) }));
  await argumentErrorOf(createTestClient("http://127.0.0.1", { auth: ended }).createAssociations(CREATION));
});

test.each([Math.floor(Date.now() / 1_000) + 3_600, "2099-01-01T00:00:00Z", String(Date.now() + 3_600_000)])(
  "an expiresAt of %j is an ArgumentError that names the unit",
  async (expiresAt) => {
    // A caller without types can pass any value.
    const auth = tokenProvider(() => ({ token: "t", expiresAt: expiresAt as number }));
    const client = createTestClient("http://127.0.0.1", { auth });
    const error = await argumentErrorOf(client.createAssociations(CREATION));
    expect(error.message).toContain("neither a date nor milliseconds since 1970");
  },
);

/** The headers that the found credentials add to a request. */
async function headersOf(options: Parameters<typeof defaultCredentials>[0]) {
  const { auth, source } = defaultCredentials(options);
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url, { auth }).listAssociations({ ticketId: "1" });
  return { source, ...server.requests[0]?.headers };
}

test("explicit credentials precede the environment, and a token there precedes a key", async () => {
  const environment = { CASELINK_TOKEN: "from-env", HUAWEICLOUD_SDK_AK: "ak", HUAWEICLOUD_SDK_SK: "sk" };
  expect(await headersOf({ explicit: staticToken("given"), environment })).toMatchObject({
    "x-auth-token": "given",
    source: "given explicitly",
  });
  expect(await headersOf({ environment })).toMatchObject({ "x-auth-token": "from-env", source: "CASELINK_TOKEN" });
  const { CASELINK_TOKEN: _, ...key } = environment;
  const signed = await headersOf({ environment: { ...key, HUAWEICLOUD_SDK_DOMAIN_ID: "d" } });
  expect(signed).toMatchObject({ "x-domain-id": "d", source: "HUAWEICLOUD_SDK_AK" });
  expect(signed.authorization).toContain("Access=ak");
});

test("credentials are read from the file of the official SDKs", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "caselink-credentials-"));
  try {
    const file = path.join(folder, "credentials");
    const environment = { HUAWEICLOUD_SDK_CREDENTIALS_FILE: file };
    await writeFile(file, "# mine\r\n[basic]\nak = b\nsk = c\n[Global]\r\n ak=g \nsk = s=1\ndomain_id = d\n");
    const headers = await headersOf({ environment });
    expect(headers).toMatchObject({ source: file, "x-domain-id": "d" });
    expect(headers.authorization).toContain("Access=g,");
    await writeFile(file, "[global]\nak = canary-key\n");
    expect(() => defaultCredentials({ environment })).toThrow(/\[global\] has no sk/);
    expect(() => defaultCredentials({ environment })).not.toThrow(/canary/);
    await writeFile(file, "");
    expect(() => defaultCredentials({ environment })).toThrow(/has ak and sk/);
    await rm(file);
    expect(() => defaultCredentials({ environment })).toThrow(/No credentials: set CASELINK_TOKEN/);
    await writeFile(file, "[__proto__]\nak = p\nsk = p\n[basic]\nak = b\nsk = c\n");
    expect((await headersOf({ environment })).authorization).toContain("Access=b,");
    // Another account's file is never used instead of what is half set.
    for (const [name, missing] of [
      ["HUAWEICLOUD_SDK_AK", /HUAWEICLOUD_SDK_SK is not set/],
      ["HUAWEICLOUD_SDK_SK", /HUAWEICLOUD_SDK_AK is not set/],
      ["CASELINK_IAM_PASSWORD", /CASELINK_IAM_USER is not set/],
    ] as const) {
      expect(() => defaultCredentials({ environment: { ...environment, [name]: "x" } })).toThrow(missing);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("found credentials name their user or access key, and a token names no one", () => {
  const user = { CASELINK_IAM_USER: "u", CASELINK_IAM_PASSWORD: "p", CASELINK_IAM_DOMAIN: "d" };
  const key = { HUAWEICLOUD_SDK_AK: "id", HUAWEICLOUD_SDK_SK: "secret" };
  expect([identityIn(user), identityIn(key), identityIn({ ...user, CASELINK_TOKEN: "t" })]).toEqual([
    { user: "u", domain: "d" },
    { accessKey: "id" },
    undefined,
  ]);
});

const identityIn = (environment: Record<string, string>) => defaultCredentials({ environment }).identity;
