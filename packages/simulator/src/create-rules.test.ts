import { expect, test } from "vitest";
import { decideCreate, MAX_ASSOCIATIONS, type CreateRules } from "./create-rules.ts";

const RULES: CreateRules = {
  limitEnforced: true,
  atomic: true,
  semantics: "add",
  duplicate: "ok",
  symmetric: false,
  relatedTo: () => [],
  isUnknown: (ticket) => ticket.startsWith("NOPE"),
  isForbidden: (ticket) => ticket.startsWith("DENY"),
};

test("a ticket has room for three [create.at-most-three]", () => {
  expect(MAX_ASSOCIATIONS).toBe(3);
  expect(decideCreate("T1", ["A"], ["B", "C"], RULES)).toEqual({
    relatedIds: ["A", "B", "C"],
    written: ["B", "C"],
    removed: [],
  });
  expect(decideCreate("T1", ["A"], ["B", "C", "D"], RULES).rejection).toBe("OSM.01010043");
});

test("ids that are already associated, or named twice, do not count towards the limit", () => {
  expect(decideCreate("T1", ["A", "B"], ["B", "C", "C"], RULES)).toEqual({
    relatedIds: ["A", "B", "C"],
    written: ["C"],
    removed: [],
  });
});

test("a replacing create does not count the associations that it replaces", () => {
  expect(decideCreate("T1", ["A", "B", "C"], ["D", "E", "F"], { ...RULES, semantics: "replace" })).toEqual({
    relatedIds: ["D", "E", "F"],
    written: ["D", "E", "F"],
    removed: ["A", "B", "C"],
  });
});

test.for([
  ["T1", "OSM.01010044"],
  ["NOPE", "OSM.01010015"],
  ["DENY", "OSM.01010002"],
] as const)("one invalid id (%s) rejects the whole create if it is atomic", ([bad, rejection]) => {
  expect(decideCreate("T1", [], ["A", bad, "B"], RULES)).toEqual({
    relatedIds: [],
    written: [],
    removed: [],
    rejection,
  });
  expect(decideCreate("T1", [], ["A", bad, "B"], { ...RULES, atomic: false })).toEqual({
    relatedIds: ["A"],
    written: ["A"],
    removed: [],
    rejection,
  });
});
