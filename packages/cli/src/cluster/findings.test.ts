import { expect, test } from "vitest";
import { findingsOf } from "./check-namespace.ts";
import { versionFinding } from "./check-server.ts";

const DAY_S = 86_400;
const GOOD = { name: "team", state: 1, retentionS: 30 * DAY_S, hasUpdates: true };

test.each([
  [GOOD, ["namespace ok"]],
  [{ ...GOOD, retentionS: 3 * DAY_S }, ["namespace ok"]],
  [{ ...GOOD, retentionS: 3 * DAY_S - 1 }, ["namespace warning"]],
  [{ ...GOOD, hasUpdates: false }, ["namespace ok", "server failed"]],
  [{ ...GOOD, state: 3 }, ["namespace failed"]],
])("a namespace is judged by its state, its retention and its updates: %#", (namespace, findings) => {
  expect(findingsOf(namespace).map(({ check, state }) => `${check} ${state}`)).toEqual(findings);
});

test.each([
  ["1.25.0", "ok"],
  ["1.32.0", "ok"],
  ["2.0.0", "ok"],
  ["v1.30.0-148.3", "ok"],
  ["1.24.2", "warning"],
  ["0.99.0", "warning"],
  ["", "warning"],
])("a server of version %s is %s", (version, state) => {
  expect(versionFinding(version).state).toBe(state);
});
