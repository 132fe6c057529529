import { expect, test } from "vitest";
import { wireValidation } from "./wire-validation.ts";

const GATEWAY_ERROR = { error_code: "APIGW.0308", error_msg: "", request_id: "1" };

function check(ticket: string, header: Record<string, string>): string | undefined {
  return wireValidation.list.checkParameters({ path: { case_id: ticket }, header, query: {} });
}

test("answers have to be as the document says, status by status", () => {
  const { create, list } = wireValidation;
  expect(create.checkAnswer(200, {}, {})).toBeUndefined();
  expect(create.checkAnswer(200, undefined, {})).toBeUndefined();
  expect(create.checkAnswer(429, GATEWAY_ERROR, {})).toBeUndefined();
  expect(create.checkAnswer(503, GATEWAY_ERROR, {})).toBeUndefined();
  expect(list.checkAnswer(200, { case_relation_list: [{ case_id: "A" }] }, {})).toBeUndefined();

  expect(create.checkAnswer(200, { error_code: 1 }, {})).toMatch(/\/error_code must be string/u);
  expect(create.checkAnswer(200, { error_code: "x".repeat(33) }, {})).toMatch(/32 characters/u);
  expect(list.checkAnswer(200, { case_relation_list: [{}, {}, {}, {}] }, {})).toMatch(/more than 3 items/u);
});

test("an answer may hold nothing that the document does not name", () => {
  expect(wireValidation.create.checkAnswer(200, { ok: true }, {})).toMatch(/additional properties .*ok/u);
  expect(wireValidation.list.checkAnswer(200, { case_relation_list: [{ status: 1 }] }, {})).toMatch(/status/u);
});

test("the token's answer needs its header", () => {
  expect(wireValidation.token.checkAnswer(201, { token: {} }, {})).toBe("header x-subject-token is missing");
  expect(wireValidation.token.checkAnswer(201, { token: {} }, { "x-subject-token": "t" })).toBeUndefined();
});

test("says which parameter is wrong", () => {
  expect(check("T1", {})).toBeUndefined();
  expect(check("t".repeat(65), {})).toMatch(/^case_id must NOT have more than 64 characters/u);
  expect(check("T1", { "x-time-zone": "" })).toMatch(/^X-Time-Zone must NOT have fewer than 1 characters/u);
});
