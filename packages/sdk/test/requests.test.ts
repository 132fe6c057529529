import { expect, test } from "vitest";
import { argumentErrorOf } from "./support/failure-of.ts";
import { startLocalServer } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

test("createAssociations sends a POST to the ticket's relations with the ids as a list [create.function] [create.uri] [create.case-id] [create.group-id] [create.request-example]", async () => {
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url).createAssociations({
    ticketId: "case-123",
    relatedIds: ["123456"],
    groupId: "123456",
  });
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]).toMatchObject({ method: "POST", path: "/v2/servicerequest/cases/case-123/relations" });
  expect(server.requests[0]?.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({ related_id_list: ["123456"], group_id: "123456" });
});

test("the group is left out if none is given", async () => {
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url).createAssociations({ ticketId: "1", relatedIds: ["2"] });
  expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({ related_id_list: ["2"] });
});

test("the user token is sent in X-Auth-Token [create.token]", async () => {
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url).createAssociations(CREATION);
  expect(server.requests[0]?.headers["x-auth-token"]).toBe("test-token");
});

test("language and time zone are sent only if they are given [create.language] [create.time-zone]", async () => {
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url).listAssociations({ ticketId: "1" });
  await createTestClient(server.url, { language: "en-us", timeZone: "GMT+1" }).listAssociations({ ticketId: "1" });
  expect(server.requests[0]?.headers).not.toHaveProperty("x-language");
  expect(server.requests[0]?.headers).not.toHaveProperty("x-time-zone");
  expect(server.requests[1]?.headers).toMatchObject({ "x-language": "en-us", "x-time-zone": "GMT+1" });
});

test.each([{ language: "" }, { language: "x".repeat(33) }, { timeZone: "GMT\r\nX-Site: 1" }])(
  "%j is an ArgumentError as language or time zone [create.language-length] [create.time-zone-length]",
  (options) => {
    expect(() => createTestClient("http://127.0.0.1", options)).toThrow(
      expect.objectContaining({ name: "ArgumentError", argument: Object.keys(options)[0] }),
    );
  },
);

test("listAssociations returns the package's own names", async () => {
  await using server = await startLocalServer({
    headers: { "x-request-id": "r-1" },
    body: { case_relation_list: [{ case_id: "7", simple_description: "printer", user_name: "li" }, { case_id: "8" }] },
  });
  expect(await createTestClient(server.url).listAssociations({ ticketId: "1" })).toEqual({
    httpStatus: 200,
    requestId: "r-1",
    attempts: 1,
    elapsedMs: expect.any(Number),
    associations: [{ ticketId: "7", description: "printer", userName: "li" }, { ticketId: "8" }],
  });
});

test("deleteAssociation sends a DELETE with a body", async () => {
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url).deleteAssociation({ ticketId: "1", relatedId: "2", groupId: "g" });
  expect(server.requests[0]).toMatchObject({ method: "DELETE", path: "/v2/servicerequest/cases/1/relations" });
  expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({ related_id: "2", group_id: "g" });
});

test("a ticket id is escaped in the path, and the path of the endpoint is kept", async () => {
  await using server = await startLocalServer({ body: {} });
  await createTestClient(`${server.url}/prefix/`).listAssociations({ ticketId: "a/b?c#d é%" });
  expect(server.requests[0]?.path).toBe("/prefix/v2/servicerequest/cases/a%2Fb%3Fc%23d%20%C3%A9%25/relations");
});

test("a call with more than three ids sends nothing [create.at-most-three] [create.related-ids-at-most-three]", async () => {
  await using server = await startLocalServer({ body: {} });
  const client = createTestClient(server.url);
  const error = await argumentErrorOf(client.createAssociations({ ...CREATION, relatedIds: ["1", "2", "3", "4"] }));
  expect(error).toMatchObject({ argument: "relatedIds" });
  expect(error.message).toContain("at most 3");
  expect(server.requests).toEqual([]);
  await client.createAssociations({ ...CREATION, relatedIds: ["1", "2", "3"] });
  expect(server.requests).toHaveLength(1);
});

test.each([
  ["an empty ticket id", { ticketId: "" }, "ticketId"],
  ["a ticket id of 65 characters", { ticketId: "x".repeat(65) }, "ticketId"],
  ["a ticket id that a URL's path would swallow", { ticketId: ".." }, "ticketId"],
  ["a control character", { ticketId: "a\nb" }, "ticketId"],
  ["half a surrogate pair", { ticketId: "a\ud800" }, "ticketId"],
  ["no related id", { relatedIds: [] }, "relatedIds"],
  ["an empty related id", { relatedIds: ["1", ""] }, "relatedIds"],
  ["a related id of 33 characters", { relatedIds: ["x".repeat(33)] }, "relatedIds"],
  ["the ticket itself", { relatedIds: ["1", CREATION.ticketId] }, "relatedIds"],
  ["one id twice", { relatedIds: ["1", "1"] }, "relatedIds"],
  ["an empty group id", { groupId: "" }, "groupId"],
  ["a group id of 65 characters", { groupId: "x".repeat(65) }, "groupId"],
])(
  "%s is an ArgumentError, and nothing is sent [create.case-id-length] [create.related-id-length] [create.group-id-length] [create.related-ids-mandatory]",
  async (_what, change, argument) => {
    await using server = await startLocalServer({ body: {} });
    const error = await argumentErrorOf(createTestClient(server.url).createAssociations({ ...CREATION, ...change }));
    expect(error.argument).toBe(argument);
    expect(server.requests).toEqual([]);
  },
);

test("ids may have the maximum length, counted in characters", async () => {
  await using server = await startLocalServer({ body: {} });
  await createTestClient(server.url).createAssociations({
    ticketId: "😀".repeat(64),
    relatedIds: ["票".repeat(32)],
    groupId: "x".repeat(64),
  });
  expect(server.requests).toHaveLength(1);
});

test("deleteAssociation with an empty or too long id is an ArgumentError", async () => {
  const client = createTestClient("http://127.0.0.1");
  for (const relatedId of ["", "x".repeat(65)])
    expect((await argumentErrorOf(client.deleteAssociation({ ticketId: "1", relatedId }))).argument).toBe("relatedId");
});

test.each([
  "",
  "osm.example.com",
  "ftp://osm.example.com",
  "https://user:secret@osm.example.com",
  "https://a.b/?x=1",
  "https://a.b/%zz",
])("%j is an ArgumentError as an endpoint, without being repeated", (endpoint) => {
  expect(() => createTestClient(endpoint)).toThrow(expect.objectContaining({ name: "ArgumentError" }));
  expect(() => createTestClient(endpoint)).not.toThrow(/secret/);
});

test("a redirect is not followed, because the credential is for the endpoint only", async () => {
  await using other = await startLocalServer({ body: {} });
  await using server = await startLocalServer({ status: 307, headers: { location: other.url } });
  await expect(createTestClient(server.url).createAssociations(CREATION)).rejects.toMatchObject({ httpStatus: 307 });
  expect(other.requests).toEqual([]);
});
