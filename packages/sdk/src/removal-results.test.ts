import { expect, test } from "vitest";
import { ConnectionError, type ConnectionErrorFacts } from "./connection-error.ts";
import { RemovalResults } from "./removal-results.ts";

const failure = (execution: ConnectionErrorFacts["execution"]) =>
  new ConnectionError({ operation: "remove", kind: "reset", execution, attempts: 1, cause: undefined });

test("ids that are there are to be removed, and the others are absent", () => {
  const results = new RemovalResults(["a", "b"], new Set(["a", "x"]));
  expect([results.open, results.idsWith("absent"), results.failure]).toEqual([["a"], ["b"], undefined]);
  expect(results.facts).toEqual({
    execution: "no",
    removals: [
      { relatedId: "a", result: "present" },
      { relatedId: "b", result: "absent" },
    ],
  });
  results.recordRemoval("a");
  expect([results.open, results.idsWith("removed"), results.facts.execution]).toEqual([[], ["a"], "yes"]);
});

test("a removal that may have been executed is tried again, and one that was rejected is not", () => {
  const results = new RemovalResults(["a", "b"], new Set(["a", "b"]));
  const [rejected, lost] = [failure("no"), failure("unknown")];
  results.recordFailure("a", rejected);
  expect(results.failure).toBe(rejected);
  results.recordFailure("b", lost);
  expect([results.open, results.failure, results.facts.execution]).toEqual([["b"], lost, "unknown"]);
  expect(results.facts.removals.map(({ result }) => result)).toEqual(["present", "unknown"]);
});

test("a list settles the ids that are gone: removed after an ambiguous removal, else by another caller", () => {
  const results = new RemovalResults(["a", "b", "c"], new Set(["a", "b", "c"]));
  results.recordFailure("a", failure("no"));
  results.recordFailure("b", failure("unknown"));
  results.recordFailure("c", failure("unknown"));
  results.recordList(new Set(["c"]));
  expect([results.idsWith("absent"), results.idsWith("removed"), results.idsWith("unknown"), results.open]).toEqual([
    ["a"],
    ["b"],
    ["c"],
    ["c"],
  ]);
  results.recordList(new Set());
  expect([results.failure, results.open, results.facts.execution]).toEqual([undefined, [], "yes"]);
});
