import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { requirements } from "./requirements.ts";

const source = await readFile(path.join(import.meta.dirname, "osm.v2.yaml"), "utf8");
const description = parse(source);
const relations = description.paths["/v2/servicerequest/cases/{case_id}/relations"];
const { parameters, schemas, securitySchemes } = description.components;
const request = schemas.CreateRelationsReq;

test("creating is POST on the ticket's relations [create.uri]", () => {
  expect(relations.post.operationId).toBe("CreateRelations");
  expect(relations.post.description).toContain("Create an association.");
});

test("the ticket id is mandatory, 1 to 64 characters [create.case-id-mandatory] [create.case-id-length]", () => {
  expect(parameters.CaseId).toMatchObject({
    in: "path",
    required: true,
    schema: { type: "string", minLength: 1, maxLength: 64 },
  });
});

test("language and time zone are optional, 1 to 32 characters, with the documented defaults [create.language-optional] [create.language-default] [create.language-length] [create.time-zone-optional] [create.time-zone-default] [create.time-zone-length]", () => {
  expect(parameters.XLanguage).toMatchObject({
    name: "X-Language",
    required: false,
    schema: { default: "zh-cn", minLength: 1, maxLength: 32 },
  });
  expect(parameters.XTimeZone).toMatchObject({
    name: "X-Time-Zone",
    required: false,
    schema: { default: "GMT+8", minLength: 1, maxLength: 32 },
  });
});

test("the site is optional, 0 or 1, as in the official SDKs", () => {
  expect(relations.parameters).toContainEqual({ $ref: "#/components/parameters/XSite" });
  expect(parameters.XSite).toMatchObject({
    name: "X-Site",
    in: "header",
    required: false,
    schema: { type: "integer", default: 0, minimum: 0, maximum: 1 },
  });
});

test("the purpose of language and time zone is described in the document's words [create.language-use] [create.time-zone-use]", () => {
  expect(parameters.XLanguage.description).toContain(sentence("create.language-use"));
  expect(parameters.XTimeZone.description).toContain(sentence("create.time-zone-use"));
});

test("the related ids are a mandatory list of at most three, 1 to 32 characters each [create.related-ids-mandatory] [create.related-ids-at-most-three] [create.related-id-length]", () => {
  expect(request.required).toContain("related_id_list");
  expect(request.properties.related_id_list).toMatchObject({
    type: "array",
    maxItems: 3,
    items: { type: "string", minLength: 1, maxLength: 32 },
  });
});

test("the group id is mandatory for create, 1 to 64 characters [create.group-id-mandatory] [create.group-id-length]", () => {
  expect(request.required).toContain("group_id");
  expect(request.properties.group_id).toMatchObject({ type: "string", minLength: 1, maxLength: 64 });
});

test("a token or a signature is required, and the token's documented length is on record [create.token-mandatory] [create.token-length]", () => {
  expect(description.security).toEqual([{ token: [] }, { signature: [] }]);
  expect(securitySchemes.token).toMatchObject({ type: "apiKey", in: "header", name: "X-Auth-Token" });
  expect(description["x-osm-limits"]).toMatchObject({ documentedTokenMinLength: 1, documentedTokenMaxLength: 5000 });
});

test("an error code has at most 32 characters, and every known one fits [create.error-code-length]", () => {
  expect(schemas.ErrorCode).toMatchObject({ minLength: 0, maxLength: 32 });
  for (const code of Object.keys(description["x-osm-errors"])) expect(code.length).toBeLessThanOrEqual(32);
});

test("no maximum is validated for an error message, because the API's own message exceeds the documented one [create.error-message-length]", () => {
  expect(schemas.ErrorMessage).not.toHaveProperty("maxLength");
  const message: string = description["x-osm-errors"]["OSM.01010043"].message;
  expect(message.length).toBe(47);
  expect(message.length).toBeGreaterThan(description["x-osm-limits"].documentedErrorMessageMaxLength);
});

test("the example is the document's, with a list [create.request-example]", () => {
  const { value } = relations.post.requestBody.content["application/json"].examples.document;
  expect(value).toEqual({ related_id_list: ["123456"], group_id: "123456" });
  expect(parameters.CaseId.example).toBe("case-123");
});

test("the limits that are checked before sending are those of the schemas", () => {
  const limits = description["x-osm-limits"];
  expect(limits.associationsPerTicket).toBe(request.properties.related_id_list.maxItems);
  expect(limits.ticketIdMaxLength).toBe(parameters.CaseId.schema.maxLength);
  expect(limits.relatedIdMaxLength).toBe(request.properties.related_id_list.items.maxLength);
  expect(limits.groupIdMaxLength).toBe(request.properties.group_id.maxLength);
  expect(limits.deletedRelatedIdMaxLength).toBe(schemas.DeleteRelationsReq.properties.related_id.maxLength);
});

test("every error code has a class, a status, an execution and a source [create.error-codes]", () => {
  const entries: [string, Record<string, unknown>][] = Object.entries(description["x-osm-errors"]);
  expect(entries.length).toBeGreaterThan(40);
  for (const [code, entry] of entries) {
    expect(code).toMatch(/^(?:OSM|APIGW)\.\d{4}(?:\d{4})?$/);
    expect({ code, ...entry }).toEqual({
      code,
      message: expect.stringMatching(/./),
      httpStatus: expect.any(Number),
      class: expect.stringMatching(
        /^(?:limit|not-found|forbidden|self-association|invalid-parameter|unauthenticated|throttled|transient|unknown)$/,
      ),
      executed: expect.stringMatching(/^(?:no|yes|unknown)$/),
      source: expect.stringMatching(/./),
    });
  }
});

test("the document's sentences are in the description word for word", () => {
  const flat = JSON.stringify(description).replaceAll(String.raw`\n`, " ");
  const described = [
    "create.function",
    "create.at-most-three",
    "create.case-id",
    "create.token",
    "create.token-from-iam",
    "create.language",
    "create.time-zone",
    "create.related-ids-at-most-three",
    "create.group-id",
    "create.status-200",
  ];
  expect(described.filter((id) => !flat.includes(sentence(id)))).toEqual([]);
});

test("the README states the hash of the document that the description is written from", async () => {
  const readme = await readFile(path.join(import.meta.dirname, "README.md"), "utf8");
  expect(readme).toContain("416e18c86fb9b4e042aa60e48c95a6c631a7fd5f793833d5a04d2bc73f41e0fa");
});

function sentence(id: string): string {
  const requirement = requirements.find((entry) => entry.id === id);
  if (requirement === undefined) throw new Error(`No requirement ${id}.`);
  return requirement.sentence;
}
