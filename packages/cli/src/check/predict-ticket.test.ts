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
