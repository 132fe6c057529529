import { expect, test } from "vitest";
import { wireValidation } from "./wire-validation.ts";

const GATEWAY_ERROR = { error_code: "APIGW.0308", error_msg: "", request_id: "1" };

function check(ticket: string, header: Record<string, string>): string | undefined {
  return wireValidation.list.checkParameters({ path: { case_id: ticket }, header, query: {} });
}

test("a response must have the body that the document has for its status", () => {
  const { create, list } = wireValidation;
  expect(create.checkResponse(200, {}, {})).toBeUndefined();
  expect(create.checkResponse(200, undefined, {})).toBeUndefined();
  expect(create.checkResponse(429, GATEWAY_ERROR, {})).toBeUndefined();
  expect(create.checkResponse(503, GATEWAY_ERROR, {})).toBeUndefined();
  expect(list.checkResponse(200, { case_relation_list: [{ case_id: "A" }] }, {})).toBeUndefined();

  expect(create.checkResponse(200, { error_code: 1 }, {})).toMatch(/\/error_code must be string/u);
  expect(create.checkResponse(200, { error_code: "x".repeat(33) }, {})).toMatch(/32 characters/u);
  expect(list.checkResponse(200, { case_relation_list: [{}, {}, {}, {}] }, {})).toMatch(/more than 3 items/u);
});

test("a response must not have a property that the document does not name", () => {
  expect(wireValidation.create.checkResponse(200, { ok: true }, {})).toMatch(/additional properties .*ok/u);
  expect(wireValidation.list.checkResponse(200, { case_relation_list: [{ status: 1 }] }, {})).toMatch(/status/u);
});

test("the response to a token call needs its header", () => {
  expect(wireValidation.token.checkResponse(201, { token: {} }, {})).toBe("header x-subject-token is missing");
  expect(wireValidation.token.checkResponse(201, { token: {} }, { "x-subject-token": "t" })).toBeUndefined();
});

test("the parameter check names the invalid parameter", () => {
  expect(check("T1", {})).toBeUndefined();
  expect(check("t".repeat(65), {})).toMatch(/^case_id must NOT have more than 64 characters/u);
  expect(check("T1", { "x-time-zone": "" })).toMatch(/^X-Time-Zone must NOT have fewer than 1 characters/u);
});
