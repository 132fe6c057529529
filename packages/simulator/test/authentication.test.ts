import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { startSimulator, type Simulator } from "../src/index.ts";
import { createCaller, pathOf, type Reply } from "./create-caller.ts";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A second signer, written from the vendor's description, so that the verifier is not tested against itself. */
function sign(
  simulator: Simulator,
  facts: { method: string; path: string; body?: string; secretKey?: string; accessKey?: string; atMs?: number },
): Record<string, string> {
  const date = new Date(facts.atMs ?? Date.now()).toISOString().replaceAll(/[-:]|\.\d{3}/gu, "");
  const host = new URL(simulator.url).host;
  const signedHeaders = "host;x-sdk-date";
  const canonicalRequest = `${facts.method}\n${facts.path}/\n\nhost:${host}\nx-sdk-date:${date}\n\n${signedHeaders}\n${sha256(facts.body ?? "")}`;
  const signature = createHmac("sha256", facts.secretKey ?? "demo-secret-key")
    .update(`SDK-HMAC-SHA256\n${date}\n${sha256(canonicalRequest)}`)
    .digest("hex");
  return {
    "x-sdk-date": date,
    authorization: `SDK-HMAC-SHA256 Access=${facts.accessKey ?? "DEMOACCESSKEY"}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}

async function sendSigned(
  simulator: Simulator,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Reply> {
  const response = await fetch(`${simulator.url}${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

test("the token is accepted in X-Auth-Token [create.token]", async () => {
  await using simulator = await startSimulator();
  const { list } = createCaller(simulator);
  expect((await list("T1")).status).toBe(200);
});

test("a request without credentials is rejected with HTTP 401 [create.token-mandatory]", async () => {
  await using simulator = await startSimulator();
  const response = await fetch(`${simulator.url}${pathOf("T1")}`);
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({
    error_code: "APIGW.0301",
    error_msg: "Incorrect IAM authentication information: x-auth-token not found",
    request_id: response.headers.get("x-request-id"),
  });
});

test("a wrong token is rejected and nothing is written", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  const rejected = await create("T1", ["A"], { headers: { "x-auth-token": "wrong" } });
  expect([rejected.status, rejected.body?.["error_code"]]).toEqual([401, "APIGW.0301"]);
  expect(simulator.tickets()).toEqual(new Map());
});

test("the token call issues a token in X-Subject-Token that the API accepts [create.token-from-iam]", async () => {
  await using simulator = await startSimulator({ tokens: [] });
  const { requestToken, list } = createCaller(simulator);

  const issued = await requestToken();

  expect(issued.status).toBe(201);
  const token = issued.headers.get("x-subject-token") ?? "";
  expect((await list("T1", { headers: { "x-auth-token": token } })).status).toBe(200);
  expect((await list("T1")).status).toBe(401);
});

test("a token expires at the time that its response names, and is then rejected as expired", async () => {
  let nowMs = Date.parse("2026-01-01T00:00:00Z");
  await using simulator = await startSimulator({ tokenLifetimeMs: 60_000 }, { now: () => nowMs });
  const { requestToken, list } = createCaller(simulator);
  const issued = await requestToken();
  const headers = { "x-auth-token": issued.headers.get("x-subject-token") ?? "" };
  expect(issued.body).toEqual({
    token: { expires_at: "2026-01-01T00:01:00.000Z", issued_at: "2026-01-01T00:00:00.000Z" },
  });

  nowMs += 59_999;
  expect((await list("T1", { headers })).status).toBe(200);
  nowMs += 1;
  const rejected = await list("T1", { headers });

  expect([rejected.status, rejected.body?.["error_code"]]).toEqual([401, "APIGW.0307"]);
});

test("a new token does not void the old one, and expireTokens voids all but the static ones", async () => {
  await using simulator = await startSimulator();
  const { requestToken, list } = createCaller(simulator);
  const tokens = [await requestToken(), await requestToken()].map(
    (reply) => reply.headers.get("x-subject-token") ?? "",
  );
  const statuses = async () =>
    Promise.all(tokens.map(async (token) => (await list("T1", { headers: { "x-auth-token": token } })).status));
  expect(await statuses()).toEqual([200, 200]);

  simulator.expireTokens();

  expect(await statuses()).toEqual([401, 401]);
  expect((await list("T1")).status).toBe(200);
});

test("the token call rejects wrong passwords and malformed requests in IAM's own form", async () => {
  await using simulator = await startSimulator();
  const { requestToken, send } = createCaller(simulator);
  const wrong = await requestToken({ name: "demo", password: "wrong", domain: "demo" });
  expect([wrong.status, wrong.body]).toEqual([
    401,
    { error: { code: 401, message: "The username or password is wrong.", title: "Unauthorized" } },
  ]);
  for (const body of [{}, "{"]) {
    expect(await send("POST", "/v3/auth/tokens", body)).toMatchObject({ status: 400, body: { error: { code: 400 } } });
  }
});

test("users can be configured", async () => {
  await using simulator = await startSimulator({ users: [{ name: "ops", password: "secret", domain: "acme" }] });
  const { requestToken } = createCaller(simulator);
  expect((await requestToken({ name: "ops", password: "secret", domain: "acme" })).status).toBe(201);
  expect((await requestToken()).status).toBe(401);
});

test("a ticket that is unknown to a user does not exist for that user, and exists for others", async () => {
  const other = { name: "ops", password: "secret", domain: "acme" };
  await using simulator = await startSimulator({ users: [{ ...other, unknownTickets: "^T" }] });
  const { requestToken, list } = createCaller(simulator);
  const token = (await requestToken(other)).headers.get("x-subject-token") ?? "";
  const asOther = await list("T1", { headers: { "x-auth-token": token } });
  const asDemo = await list("T1");
  expect([asOther.body, asDemo.status]).toEqual([expect.objectContaining({ error_code: "OSM.01010015" }), 200]);
});

test("a signed request with a body is accepted [create.token-mandatory]", async () => {
  await using simulator = await startSimulator();
  const path = pathOf("T1");
  const body = JSON.stringify({ related_id_list: ["A"], group_id: "G1" });

  const created = await sendSigned(simulator, "POST", path, sign(simulator, { method: "POST", path, body }), body);
  const removal = JSON.stringify({ related_id: "A" });
  const listed = await sendSigned(simulator, "GET", path, sign(simulator, { method: "GET", path }));
  const signed = sign(simulator, { method: "DELETE", path, body: removal });
  const removed = await sendSigned(simulator, "DELETE", path, signed, removal);

  expect([created.status, listed.status, removed.status]).toEqual([200, 200, 200]);
  expect(listed.body?.["case_relation_list"]).toHaveLength(1);
  expect(simulator.tickets()).toEqual(new Map());
});

test.for([
  ["body", { body: '{"related_id_list":["B"],"group_id":"G1"}' }],
  ["method", { method: "DELETE" }],
  ["path", { path: pathOf("T2") }],
  ["secret", { secretKey: "another" }],
  ["key", { accessKey: "ANOTHER" }],
] as const)("a signature over or with another %s is rejected", async ([, wrong]) => {
  await using simulator = await startSimulator();
  const path = pathOf("T1");
  const body = '{"related_id_list":["A"],"group_id":"G1"}';

  const headers = sign(simulator, { method: "POST", path, body, ...wrong });
  const rejected = await sendSigned(simulator, "POST", path, headers, body);

  expect([rejected.status, rejected.body?.["error_code"]]).toEqual([401, "APIGW.0301"]);
  expect(rejected.text).not.toContain("demo-secret-key");
  expect(simulator.tickets()).toEqual(new Map());
});

test("a signature is valid for 15 minutes before and after its date", async () => {
  const nowMs = Date.parse("2026-01-01T12:00:00Z");
  await using simulator = await startSimulator({}, { now: () => nowMs });
  const path = pathOf("T1");
  const statusAt = async (atMs: number) =>
    (await sendSigned(simulator, "GET", path, sign(simulator, { method: "GET", path, atMs }))).status;
  const quarter = 15 * 60_000;

  expect(await statusAt(nowMs - quarter)).toBe(200);
  expect(await statusAt(nowMs + quarter)).toBe(200);
  expect(await statusAt(nowMs - quarter - 1_000)).toBe(401);
  expect(await statusAt(nowMs + quarter + 1_000)).toBe(401);
});

test("a temporary key needs its security token", async () => {
  await using simulator = await startSimulator({
    keys: [{ accessKey: "TEMPORARY", secretKey: "demo-secret-key", securityToken: "session" }],
  });
  const path = pathOf("T1");
  const headers = sign(simulator, { method: "GET", path, accessKey: "TEMPORARY" });
  const statusWith = async (more: Record<string, string>) =>
    (await sendSigned(simulator, "GET", path, { ...headers, ...more })).status;
  expect(await statusWith({})).toBe(401);
  expect(await statusWith({ "x-security-token": "other" })).toBe(401);
  expect(await statusWith({ "x-security-token": "session" })).toBe(200);
});

/** Lists with the demo key, or with a wrong secret; returns the message of a rejection. */
function signedLister(simulator: Simulator, now: () => number) {
  const path = pathOf("T1");
  return async (secretKey?: "wrong"): Promise<unknown> => {
    const headers = sign(simulator, { method: "GET", path, atMs: now(), ...(secretKey && { secretKey }) });
    const { status, body } = await sendSigned(simulator, "GET", path, headers);
    return status === 200 ? "accepted" : body?.["error_msg"];
  };
}

const WRONG = "Incorrect IAM authentication information: verify aksk signature fail";
const LOCKED = "Incorrect IAM authentication information: AK access failed to reach the limit, forbidden";

test("five rejections in a row lock a key for five minutes, also for good signatures", async () => {
  let nowMs = Date.parse("2026-01-01T12:00:00Z");
  await using simulator = await startSimulator({}, { now: () => nowMs });
  const list = signedLister(simulator, () => nowMs);
  for (let count = 0; count < 5; count++) expect(await list("wrong")).toBe(WRONG);
  expect(await list()).toBe(LOCKED);
  nowMs += 5 * 60_000 - 1;
  expect(await list()).toBe(LOCKED);
  nowMs += 1;
  expect(await list()).toBe("accepted");
});

test("an accepted signature starts the count of rejections anew", async () => {
  await using simulator = await startSimulator();
  const list = signedLister(simulator, Date.now);
  for (let round = 0; round < 2; round++) {
    for (let count = 0; count < 4; count++) expect(await list("wrong")).toBe(WRONG);
    expect(await list()).toBe("accepted");
  }
});

test("keyLock sets when a key is locked, and null unlocks it", async () => {
  await using simulator = await startSimulator({ keyLock: { afterRejections: 1, forMs: 3_600_000 } });
  const list = signedLister(simulator, Date.now);
  expect([await list("wrong"), await list()]).toEqual([WRONG, LOCKED]);
  simulator.configure({ keyLock: null });
  for (let count = 0; count < 6; count++) expect(await list("wrong")).toBe(WRONG);
  expect(await list()).toBe("accepted");
});

test("without authentication, requests need no credentials", async () => {
  await using simulator = await startSimulator({ authentication: false });
  expect((await fetch(`${simulator.url}${pathOf("T1")}`)).status).toBe(200);
});
