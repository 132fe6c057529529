import type { TicketReading } from "@caselink/workflows/predict";
import { expect, test } from "vitest";
import { newCheck } from "./check.ts";
import { predictTicketRows } from "./predict-ticket.ts";
import { RelatedRejections } from "./related-rejections.ts";

const TICKET = {
  ticket: "T",
  group: "g",
  rows: ["a", "b", "c"].map((related, at) => ({ row: at + 1, related })),
};
const UNREAD: TicketReading = {
  kind: "unread",
  verdict: { kind: "undetermined", failure: { error_message: "no answer" }, attempts: 1 },
};

async function predict(overLimit: "refuse" | "fill", ...present: string[]) {
  const check = newCheck();
  const rejections = new RelatedRejections();
  rejections.record("a", UNREAD);
  const reading: TicketReading = { kind: "found", related: new Set(present) };
  const results = await predictTicketRows(TICKET, reading, rejections, overLimit, check);
  return { known: results.map(({ row, outcome }) => [row, outcome]), unknown: check.unknown };
}

test("if a related ticket could not be read, rows that might take its place have no prediction", async () => {
  expect(await predict("fill", "x")).toEqual({ known: [[2, "created"]], unknown: 2 });
});

test("a ticket without a free place is over limit even if a related ticket could not be read", async () => {
  const full = ["a", "b", "c"].map((_, at) => [at + 1, "limit_reached"]);
  expect(await predict("fill", "x", "y", "z")).toEqual({ known: full, unknown: 0 });
  expect(await predict("refuse", "x")).toEqual({ known: full, unknown: 0 });
});

const ids = (count: number) => new Set(Array.from({ length: count }, (_, at) => `x${at}`));

/** Predicts tickets one after the other on a symmetric API, where the related tickets hold that many associations. */
async function predictSymmetric(related: Record<string, number>, ...rows: [ticket: string, related: string][]) {
  const rejections = new RelatedRejections(true);
  for (const [id, count] of Object.entries(related)) rejections.record(id, { kind: "found", related: ids(count) });
  const outcomes: unknown[] = [];
  const check = newCheck();
  for (const [at, [ticket, id]] of rows.entries()) {
    const reading: TicketReading = { kind: "found", related: ids(related[ticket] ?? 0) };
    const one = { ticket, group: "g", rows: [{ row: at + 1, related: id }] };
    const [result] = await predictTicketRows(one, reading, rejections, "refuse", check);
    outcomes.push(result?.outcome);
  }
  return outcomes;
}

test("on a symmetric API, the free places of a related ticket are divided among the tickets that name it", async () => {
  const created = ["created", "limit_reached", "limit_reached"];
  expect(await predictSymmetric({ R: 2 }, ["A", "R"], ["B", "R"], ["C", "R"])).toEqual(created);
  expect(await predictSymmetric({ R: 1 }, ["A", "R"], ["B", "R"], ["C", "R"])).toEqual([
    "created",
    ...created.slice(0, 2),
  ]);
});

test("on a symmetric API, a ticket's own rows and those that name it share its places", async () => {
  expect(await predictSymmetric({ R: 2 }, ["A", "R"], ["R", "S"])).toEqual(["created", "limit_reached"]);
  expect(await predictSymmetric({ R: 2 }, ["R", "S"], ["A", "R"])).toEqual(["created", "limit_reached"]);
  expect(await predictSymmetric({ R: 0, S: 0 }, ["R", "S"], ["A", "R"])).toEqual(["created", "created"]);
});
