import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { parseOutcomes } from "./parse-outcomes.ts";

test("outcomes are named by the contract's words, each once", () => {
  expect(parseOutcomes("not_found, created,not_found")).toEqual(["not_found", "created"]);
  expect(() => parseOutcomes("missing")).toThrow(UserError);
});

test("refused stands for what did not succeed and a retry does not take", () => {
  expect(parseOutcomes("refused")).toEqual(["limit_reached", "invalid", "not_found", "forbidden"]);
  expect(parseOutcomes("forbidden,refused,failed")).toHaveLength(5);
});
