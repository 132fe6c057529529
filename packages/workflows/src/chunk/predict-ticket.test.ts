import type { ChunkTicket } from "@caselink/ledger";
import { expect, test } from "vitest";
import { FORBIDDEN, NOT_EXECUTED, ScriptedApi } from "../../test/support/scripted-api.ts";
import { predictTicket, readTicket, type TicketReading, type Rejection } from "./predict-ticket.ts";

const ticketOf = (...related: string[]): ChunkTicket => ({
  ticket: "T",
  group: "g",
  rows: related.map((id, at) => ({ row: at + 1, related: id })),
});
const holding = (...related: string[]): TicketReading & { kind: "found" } => ({
  kind: "found",
  related: new Set(related),
});
const NOT_FOUND: Rejection = {
  outcome: "not_found",
  failure: { error_code: "OSM.01010015", error_message: "This case does not exist.", http_status: 200 },
};
const FULL: Rejection = { outcome: "limit_reached", failure: { error_message: "no room", http_status: 200 } };
const refuses =
  (...related: string[]) =>
  (id: string) =>
    related.includes(id) ? NOT_FOUND : undefined;

async function outcomesOf(...of: Parameters<typeof predictTicket>): Promise<string> {
  const { results, writes } = await predictTicket(...of);
  const inOrder = results.toSorted((a, b) => a.row - b.row);
  return `${inOrder.map(({ outcome }) => outcome).join(" ")}; ${writes}`;
}

test.for([
  ["what is there already needs no write", holding("a"), "refuse", [], "already_associated; 0", ["a"]],
  [
    "what is missing is one write",
    holding("a"),
    "refuse",
    [],
    "already_associated created created; 1",
    ["a", "b", "c"],
  ],
  [
    "a ticket without room for all gets none",
    holding("x", "y"),
    "refuse",
    [],
    "limit_reached limit_reached; 0",
    ["a", "b"],
  ],
  ["or what fits, in file order", holding("x", "y"), "fill", [], "created limit_reached; 1", ["a", "b"]],
  [
    "where one is refused, the next that fits",
    holding("x", "y"),
    "fill",
    ["a"],
    "not_found created limit_reached; 2",
    ["a", "b", "c"],
  ],
  ["one by one after a refusal", holding("x"), "fill", ["a"], "not_found created created; 4", ["a", "b", "c"]],
  ["more than three leave no room", holding("w", "x", "y", "z"), "fill", [], "limit_reached; 0", ["a"]],
  ["a refused one sinks no other", holding(), "refuse", ["b"], "created not_found created; 4", ["a", "b", "c"]],
] as const)("%s", async ([, reading, overLimit, refused, expected, related]) => {
  expect(await outcomesOf(ticketOf(...related), reading, overLimit, refuses(...refused))).toBe(expected);
});

test("a prediction for a ticket that the API rejects has the API's reason", async () => {
  const { results } = await predictTicket(ticketOf("a"), { kind: "rejected", ...NOT_FOUND }, "fill", () => undefined);
  expect(results).toEqual([{ row: 1, outcome: "not_found", ...NOT_FOUND.failure, attempts: 0 }]);
});

test("a prediction names a rejected related ticket in the reason, and has no response for a row to be created", async () => {
  const { results } = await predictTicket(ticketOf("a", "b"), holding(), "fill", refuses("b"));
  expect(results.toSorted((a, b) => a.row - b.row)).toEqual([
    { row: 1, outcome: "created", attempts: 0 },
    {
      row: 2,
      outcome: "not_found",
      error_code: "OSM.01010015",
      error_message: "related ticket b: This case does not exist.",
      http_status: 200,
      attempts: 0,
    },
  ]);
});

test("a related ticket that the API rejects as full is over limit, not invalid", async () => {
  expect(await outcomesOf(ticketOf("a", "b"), holding(), "refuse", (id) => (id === "a" ? FULL : undefined))).toBe(
    "limit_reached created; 3",
  );
});

test("a ticket is found, rejected or unread, as a chunk reads it", async () => {
  const { signal } = new AbortController();
  const read = (error?: Error) => readTicket(new ScriptedApi({ T: ["a"] }, () => error && { error }), "T", signal);
  expect(await read()).toEqual(holding("a"));
  expect(await read(FORBIDDEN)).toEqual({
    kind: "rejected",
    outcome: "forbidden",
    failure: { error_code: "OSM.01010002", error_message: "no", http_status: 200 },
  });
  expect(await read(NOT_EXECUTED)).toMatchObject({
    kind: "unread",
    verdict: { kind: "retryable", isAmbiguous: false },
  });
});

test("reading a ticket that was aborted rejects with the caller's reason", async () => {
  const reason = new Error("enough");
  const api = new ScriptedApi({}, () => ({ error: NOT_EXECUTED }));
  await expect(readTicket(api, "T", AbortSignal.abort(reason))).rejects.toBe(reason);
});

test("a prediction of a rejection of which little is known says what is known", async () => {
  const bare: Rejection = { outcome: "invalid", failure: {} };
  const { results } = await predictTicket(ticketOf("a"), holding(), "refuse", () => bare);
  const error_message = "related ticket a: rejected";
  expect(results).toEqual([{ row: 1, outcome: "invalid", error_message, http_status: 200, attempts: 0 }]);
});
