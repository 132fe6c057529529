import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { parseOutcomes } from "./parse-outcomes.ts";

test("parseOutcomes accepts the names of the contract and returns each outcome once", () => {
  expect(parseOutcomes("not_found, created,not_found")).toEqual(["not_found", "created"]);
  expect(() => parseOutcomes("missing")).toThrow(UserError);
});

test("needs-fix stands for the outcomes that neither succeeded nor are retried", () => {
  expect(parseOutcomes("needs-fix")).toEqual(["limit_reached", "invalid", "not_found", "forbidden"]);
  expect(parseOutcomes("forbidden,needs-fix,failed")).toHaveLength(5);
});
