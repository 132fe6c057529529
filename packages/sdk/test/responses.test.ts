import { expect, test } from "vitest";
import { apiErrorOf } from "./support/failure-of.ts";
import { startLocalServer, type Reply } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

test.each<[string, Reply]>([
  ["an empty body", { text: "" }],
  ["{}", { body: {} }],
  ["null", { body: null }],
  ["empty fields", { body: { error_code: "", error_msg: "" } }],
  ["null fields", { body: { error_code: null, error_msg: null } }],
  ["status 204", { status: 204 }],
])("%s is a success [create.status-200] [create.response-example]", async (_what, reply) => {
  await using server = await startLocalServer(reply);
  const facts = await createTestClient(server.url).createAssociations(CREATION);
  expect(facts).toEqual({
    httpStatus: typeof reply === "object" ? (reply.status ?? 200) : 0,
    requestId: undefined,
    attempts: 1,
    elapsedMs: expect.any(Number),
  });
});

test("an error code is a failure although the status is 200 [create.status-200] [create.error-code] [create.error-message]", async () => {
  await using server = await startLocalServer({
    headers: { "x-request-id": "r-7" },
    body: { error_code: "OSM.01010043", error_msg: "The same caseId relations should not be over 3." },
  });
  const error = await apiErrorOf(createTestClient(server.url).createAssociations(CREATION));
  expect(Object.fromEntries(Object.entries(error))).toEqual({
    name: "ApiError",
    operation: "create associations of case-123",
    ticketId: "case-123",
    phase: "request",
    wasSent: "yes",
    errorClass: "limit",
    httpStatus: 200,
    execution: "no",
    attempts: 1,
    code: "OSM.01010043",
    apiMessage: "The same caseId relations should not be over 3.",
    requestId: "r-7",
    retryAfterMs: undefined,
    bodyExcerpt: undefined,
  });
  expect(error.message).toBe(
    "create associations of case-123: HTTP 200 OSM.01010043 The same caseId relations should not be over 3. (request r-7)",
  );
});

test.each([
  ["OSM.01010015", "not-found", "no"],
  ["OSM.01010044", "self-association", "no"],
  ["OSM.01010002", "forbidden", "no"],
  ["OSM.01010001", "invalid-parameter", "no"],
  ["OSM.01010011", "unauthenticated", "no"],
  ["OSM.01010014", "transient", "unknown"],
  ["OSM.01019999", "unknown", "unknown"],
  ["CBC.0000", "unknown", "unknown"],
])("%s with HTTP 200 is of class %s, executed: %s [create.error-codes]", async (code, errorClass, execution) => {
  await using server = await startLocalServer({ body: { error_code: code, error_msg: "words" } });
  expect(await apiErrorOf(createTestClient(server.url).createAssociations(CREATION))).toMatchObject({
    code,
    errorClass,
    execution,
    attempts: 1,
  });
});

test.each<[string, Reply, object]>([
  [
    "the gateway's",
    { status: 404, body: { error_msg: "no", error_code: "APIGW.0101", request_id: "r-body" } },
    { code: "APIGW.0101", apiMessage: "no", requestId: "r-body", errorClass: "unknown", execution: "no" },
  ],
  [
    "the gateway's with the other prefix",
    { status: 401, body: { error_msg: "no", error_code: "APIG.0307" } },
    { code: "APIG.0307", errorClass: "unauthenticated", execution: "no" },
  ],
  [
    "code and message",
    { status: 400, body: { code: "X.1", message: "bad" } },
    { code: "X.1", apiMessage: "bad", errorClass: "invalid-parameter", execution: "no" },
  ],
  [
    "errorCode and errorMsg",
    { status: 403, body: { errorCode: "X.2", errorMsg: "stop" } },
    { code: "X.2", apiMessage: "stop", errorClass: "forbidden", execution: "no" },
  ],
  [
    "IAM's",
    { status: 401, body: { error: { code: 401, message: "expired", title: "Unauthorized" } } },
    { code: "401", apiMessage: "expired", errorClass: "unauthenticated" },
  ],
  [
    "a page",
    { status: 502, text: "<html>Bad gateway</html>" },
    { code: undefined, apiMessage: undefined, errorClass: "transient", execution: "unknown" },
  ],
  ["no body", { status: 500 }, { code: undefined, errorClass: "transient", execution: "unknown" }],
  ["a word", { status: 500, text: '"oops"' }, { code: undefined, errorClass: "transient" }],
])("a failure is read from the shape: %s", async (_what, reply, expected) => {
  await using server = await startLocalServer(reply);
  expect(await apiErrorOf(createTestClient(server.url).createAssociations(CREATION))).toMatchObject(expected);
});

test.each([
  ["a page", "<html>login</html>"],
  ["a list", "[]"],
  ["a word", '"ok"'],
  ["true", "true"],
  ["a code that is no text", '{"error_code":["OSM.01010043"]}'],
  ["a code that is an object", '{"error_code":{}}'],
  ["a code that is true", '{"error_code":true}'],
  ["a message without a code", '{"error_msg":"Operation failed."}'],
  ["an error of another shape", '{"error":"server_error"}'],
  ["success: false", '{"success":false}'],
])("%s with HTTP 200 is not treated as a success", async (_what, text) => {
  await using server = await startLocalServer({ text });
  expect(await apiErrorOf(createTestClient(server.url).createAssociations(CREATION))).toMatchObject({
    errorClass: "unknown",
    execution: "unknown",
    httpStatus: 200,
  });
});

test.each([
  ["{}", "{}"],
  ["an empty list", '{"case_relation_list":[]}'],
  ["a null list", '{"case_relation_list":null,"error_code":null}'],
])("a list with the response %s has no associations", async (_what, text) => {
  await using server = await startLocalServer({ text });
  expect((await createTestClient(server.url).listAssociations({ ticketId: "1" })).associations).toEqual([]);
});

test.each([
  ["an empty body", ""],
  ["null", "null"],
  ["a page", "<html>login</html>"],
  ["a bare list", "[]"],
  ["a number", "3"],
  ["a list that is an object", '{"case_relation_list":{}}'],
  ["a list that is a string", '{"case_relation_list":"1"}'],
  ["an entry without an id", '{"case_relation_list":[{"case_id":"1"},{"user_name":"li"}]}'],
  ["an entry that is no object", '{"case_relation_list":["1"]}'],
])("a list with the response %s is an error, never 'no associations'", async (_what, text) => {
  await using server = await startLocalServer({ text });
  expect(await apiErrorOf(createTestClient(server.url).listAssociations({ ticketId: "1" }))).toMatchObject({
    errorClass: "unknown",
    execution: "no",
    attempts: 1,
  });
});

test("an error code in the response to a list is a failure, even next to a list", async () => {
  await using server = await startLocalServer({ body: { case_relation_list: [], error_code: "OSM.01010015" } });
  expect(await apiErrorOf(createTestClient(server.url).listAssociations({ ticketId: "1" }))).toMatchObject({
    errorClass: "not-found",
  });
});

test("the vendor's message is put into one line", async () => {
  await using server = await startLocalServer({
    status: 400,
    body: { error_code: "OSM.0001", error_msg: "a\r\n\tb\u0007c" },
  });
  expect((await apiErrorOf(createTestClient(server.url).createAssociations(CREATION))).apiMessage).toBe("a b c");
});
