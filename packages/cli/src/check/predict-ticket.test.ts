import type { Reading } from "@caselink/workflows/forecast";
import { expect, test } from "vitest";
import { newCheck } from "./check.ts";
import { predictTicketRows } from "./predict-ticket.ts";
import { RelatedRejections } from "./related-rejections.ts";

const TICKET = {
  ticket: "T",
  group: "g",
  rows: ["a", "b", "c"].map((related, at) => ({ row: at + 1, related })),
};
const UNREAD: Reading = {
  kind: "unread",
  verdict: { kind: "held", failure: { error_message: "no answer" }, attempts: 1 },
};

async function foresee(overLimit: "refuse" | "fill", ...present: string[]) {
  const check = newCheck();
  const refusals = new RelatedRejections();
  refusals.note("a", UNREAD);
  const reading: Reading = { kind: "present", related: new Set(present) };
  const results = await predictTicketRows(TICKET, reading, refusals, overLimit, check);
  return { known: results.map(({ row, outcome }) => [row, outcome]), unknown: check.unknown };
}

test("where a related ticket could not be read, nothing is said of the rows that would take its place", async () => {
  expect(await foresee("fill", "x")).toEqual({ known: [[2, "created"]], unknown: 2 });
});

test("a ticket that is full is full whatever becomes of others", async () => {
  const full = ["a", "b", "c"].map((_, at) => [at + 1, "limit_reached"]);
  expect(await foresee("fill", "x", "y", "z")).toEqual({ known: full, unknown: 0 });
  expect(await foresee("refuse", "x")).toEqual({ known: full, unknown: 0 });
});
