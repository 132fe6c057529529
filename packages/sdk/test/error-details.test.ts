import { expect, expectTypeOf, test } from "vitest";
import {
  createOsmClient,
  createRateLimiter,
  ensureAssociations,
  iamPassword,
  isOsmError,
  removeAssociations,
  signature,
  staticToken,
  tokenProvider,
  withResponse,
  type AnyOsmError,
  type AttemptReport,
  type ConnectionErrorKind,
  type ErrorClass,
} from "../src/index.ts";
import { createNodeTransport, defaultCredentials } from "../src/node.ts";
import { apiErrorOf, connectionErrorOf, failureOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer, type Reply } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

test("an ApiError names operation and ticket", async () => {
  await using server = await startLocalServer({ body: { error_code: "OSM.01010015" } });
  const client = createTestClient(server.url);
  const calls = {
    "list associations of T9": client.listAssociations({ ticketId: "T9" }),
    "create associations of T9": client.createAssociations({ ...CREATION, ticketId: "T9" }),
    "delete association of T9": client.deleteAssociation({ ticketId: "T9", relatedId: "1" }),
  };
  for (const [operation, call] of Object.entries(calls)) {
    const error = await apiErrorOf(call);
    expect(error).toMatchObject({ operation, ticketId: "T9" });
    expect(error.message).toBe(`${operation}: HTTP 200 OSM.01010015`);
  }
});

test("the error of ensureAssociations for a full ticket names operation and ticket", async () => {
  await using server = await startLocalServer({ body: { case_relation_list: [{ case_id: "a" }] } });
  const error = await apiErrorOf(ensureAssociations(createTestClient(server.url), CREATION));
  expect(error).toMatchObject({ operation: "ensure associations of case-123", ticketId: "case-123" });
});

test("a ConnectionError names operation, ticket and URL", async () => {
  const endpoint = await closedPort();
  const error = await connectionErrorOf(createTestClient(endpoint).listAssociations({ ticketId: "T9" }));
  expect(error).toMatchObject({ operation: "list associations of T9", ticketId: "T9" });
  expect(error.message).toMatch(/^list associations of T9 at http:.*\/cases\/T9\/relations: connection refused/);
});

test.each([
  ["the global fetch", () => globalThis.fetch],
  ["the Node transport", () => createNodeTransport()],
])("response headers of an error, a result and a hook contain no credential, over %s", async (_name, transport) => {
  const headers = {
    date: "Sun, 01 Mar 2026 12:00:00 GMT",
    "x-kind": "k",
    "set-cookie": "session=s3cret",
    "x-subject-token": "s3cret",
    "x-echo": "you sent test-token",
  };
  await using server = await startLocalServer({ headers, body: { error_code: "OSM.0001" } }, { headers, body: {} });
  const reports: AttemptReport[] = [];
  const client = createTestClient(server.url, {
    fetch: transport(),
    hooks: { afterResponse: (report) => void reports.push(report) },
  });
  const error = await apiErrorOf(client.createAssociations(CREATION));
  const result = await withResponse(client.listAssociations({ ticketId: "1" }));
  const views = [error.headers, result.headers, ...reports.map((report) => report.headers)];
  expect(views).toHaveLength(4);
  for (const view of views) {
    expect(view?.get("Date")).toBe(headers.date);
    expect(view?.get("X-Kind")).toBe("k");
    expect(view?.get("X-Echo")).toBe("you sent [redacted]");
    for (const secret of ["Set-Cookie", "x-subject-token"]) expect(view?.get(secret)).toBeNull();
  }
  expect(Object.keys(error)).not.toContain("headers");
});

test.each<[string, Reply, string | undefined]>([
  [
    "a page of a proxy",
    { status: 502, text: "<h1>Bad\r\n\u0007 gateway\u202e</h1>" },
    "<h1>Bad\\u{d}\\u{a}\\u{7} gateway\\u{202e}</h1>",
  ],
  ["an error without a code", { status: 500, body: { reason: "broken" } }, '{"reason":"broken"}'],
  ["a success that is not JSON", { text: "ok" }, "ok"],
  ["a list of another shape", { body: { case_relation_list: "none" } }, '{"case_relation_list":"none"}'],
  ["a long body", { status: 500, text: "x".repeat(100_000) }, `${"x".repeat(500)}…`],
  ["a documented error", { status: 400, body: { error_code: "OSM.0001", error_msg: "Failed" } }, undefined],
  ["a documented error with HTTP 200", { body: { error_code: "OSM.01010043" } }, undefined],
  ["no body", { status: 503 }, undefined],
])("the excerpt of the body of an ApiError: %s", async (_what, reply, excerpt) => {
  await using server = await startLocalServer(reply);
  const error = await apiErrorOf(createTestClient(server.url, { retries: 0 }).listAssociations({ ticketId: "1" }));
  expect(error.bodyExcerpt).toBe(excerpt);
  expect(error.message).not.toContain(excerpt ?? "{");
});

test.each([
  ["the request's own", "X-Auth-Token is test-token"],
  ["a header line", "x-auth-token: other-s3cret\nset-cookie: a=s3cret; b=s3cret"],
  ["JSON", JSON.stringify({ access_token: "s3cret", user: { password: "s3cret", name: "li" } })],
  ["JSON in JSON", JSON.stringify({ dump: JSON.stringify({ "x-subject-token": "s3cret" }) })],
  ["HTML", "<td>Authorization</td>\n<td>&quot;token&quot;: &quot;s3cret&quot;</td>"],
  ["a secret at the end of the excerpt", `${"x".repeat(480)} token=${"s3cret".repeat(20)}`],
  ["a signature", "Authorization: SDK-HMAC-SHA256 Access=s3cret, SignedHeaders=host, Signature=s3cret"],
])("no secret is in the excerpt of a body: %s", async (_what, text) => {
  await using server = await startLocalServer({ status: 500, text });
  const { bodyExcerpt } = await apiErrorOf(createTestClient(server.url).createAssociations(CREATION));
  expect(bodyExcerpt).toContain("[redacted]");
  expect(bodyExcerpt).not.toMatch(/s3cret|test-token/);
});

test("the error of a rejected sign-in names it, without the password that the response repeats", async () => {
  await using iam = await startLocalServer(({ body }) => ({ status: 502, text: `<pre>${body}</pre> pass-w0rd` }));
  const auth = iamPassword({ iamEndpoint: iam.url, user: "u", password: "pass-w0rd", domain: "d" });
  const error = await apiErrorOf(createTestClient(iam.url, { auth, retries: 0 }).createAssociations(CREATION));
  expect(error.operation).toBe("sign in (POST /v3/auth/tokens)");
  expect(error.ticketId).toBeUndefined();
  expect(error.bodyExcerpt).toMatch(/^<pre>\{/);
  expect(error.bodyExcerpt).not.toContain("pass-w0rd");
});

const valid = { endpoint: "http://127.0.0.1", auth: staticToken("t") };
/** What JavaScript passes if an argument is left out. */
const missing = undefined as never;

test.each<[string, () => unknown]>([
  ["createOsmClient, endpoint", () => createOsmClient({ ...valid, endpoint: "x" })],
  ["createOsmClient, auth", () => createOsmClient({ ...valid, auth: missing })],
  ["createOsmClient, timeoutMs", () => createOsmClient({ ...valid, timeoutMs: 0 })],
  ["createAssociations", () => createOsmClient(valid).createAssociations(missing)],
  ["listAssociations", () => createOsmClient(valid).listAssociations(missing)],
  ["deleteAssociation", () => createOsmClient(valid).deleteAssociation(missing)],
  ["ensureAssociations", () => ensureAssociations(createOsmClient(valid), missing)],
  ["removeAssociations", () => removeAssociations(createOsmClient(valid), missing)],
  ["withResponse", () => withResponse(Promise.resolve({ httpStatus: 200, requestId: undefined, attempts: 1 }))],
  ["createRateLimiter", () => createRateLimiter({ maxRate: 0 })],
  ["staticToken", () => staticToken("")],
  ["signature", () => signature({ accessKey: "", secretKey: "" })],
  ["iamPassword", () => iamPassword({ iamEndpoint: "x", user: "u", password: "p", domain: "d" })],
  ["defaultCredentials", () => defaultCredentials({ environment: { CASELINK_IAM_USER: "u" } })],
  [
    "a provided token",
    () => createOsmClient({ ...valid, auth: tokenProvider(() => "") }).listAssociations({ ticketId: "1" }),
  ],
  [
    "a transport that fails",
    () =>
      createOsmClient({ ...valid, retries: 0, fetch: () => Promise.reject(new Error("x")) }).createAssociations(
        CREATION,
      ),
  ],
])("one guard recognises every error that the package throws: %s", async (_what, fail) => {
  expect(isOsmError(await failureOf((async () => fail())()))).toBe(true);
});

function detailOf(error: unknown): ErrorClass | ConnectionErrorKind | undefined {
  if (!isOsmError(error)) return undefined;
  if (error.name === "ApiError") return error.errorClass;
  return error.name === "ConnectionError" ? error.kind : undefined;
}

test("types: after the guard, the name distinguishes the classes", async () => {
  const client = createTestClient(await closedPort(), { retries: 0 });
  expect(detailOf(await failureOf(client.createAssociations(CREATION)))).toBe("refused");
  expect(detailOf(new Error("x"))).toBeUndefined();
  expectTypeOf<AnyOsmError["name"]>().toEqualTypeOf<"ApiError" | "ArgumentError" | "ConnectionError">();
});
