import type { TicketRow } from "@caselink/ledger";
import { expect, test } from "vitest";
import { compareTicket, type Look } from "./compare-ticket.ts";

const present = (...related: string[]): Look => ({ kind: "present", related: new Set(related) });

function found(
  rows: [related: string, outcome: TicketRow["outcome"]][],
  look: Look,
  kind: "create" | "undo" = "create",
) {
  const ticket = {
    ticket: "T",
    rows: rows.map(([related, outcome], at) => ({ line: at + 2, file: 0, related, outcome })),
  };
  return compareTicket(ticket, look, kind).map(({ kind: what, line }) =>
    line === undefined ? what : `${what} ${line}`,
  );
}

test("what the report has as done must be there, what it has as not done must not", () => {
  expect(found([["a", "created"], ["b", "already_associated"], ["c", "failed"]], present("a", "b"))).toEqual([]); // prettier-ignore
  expect(found([["a", "created"], ["b", "already_associated"]], present("x"))).toEqual(["missing 2", "missing 3"]); // prettier-ignore
  for (const outcome of ["failed", "cancelled", "limit_reached", "not_found", "forbidden", "invalid"] as const) {
    expect(found([["a", outcome]], present("a"))).toEqual(["unexpected 2"]);
    expect(found([["a", outcome]], present())).toEqual([]);
  }
});

const repeated = (outcome: TicketRow["outcome"]): [string, TicketRow["outcome"]][] => [
  ["a", outcome],
  ["a", "duplicate"],
];

test("a repeated row goes by the row that it repeats", () => {
  expect(found(repeated("created"), present())).toEqual(["missing 2", "missing 3"]);
  expect(found(repeated("failed"), present())).toEqual([]);
  expect(found(repeated("failed"), present("a"))).toEqual(["unexpected 2"]);
});

test("what is not settled is not compared, and what an undo could not remove may be there or not", () => {
  expect(found([["a", undefined]], present("a"))).toEqual([]);
  expect(found([["a", "removed"], ["b", "already_absent"]], present("a"), "undo")).toEqual(["unexpected 2"]); // prettier-ignore
  expect(found([["a", "failed"]], present("a"), "undo")).toEqual([]);
  expect(found([["a", "failed"]], present(), "undo")).toEqual([]);
});

test("a ticket that is gone, closed or overfull is named once", () => {
  const rows: [string, TicketRow["outcome"]][] = [["a", "created"], ["b", "failed"]]; // prettier-ignore
  expect(found(rows, { kind: "gone" })).toEqual(["ticket_gone"]);
  expect(found(rows, { kind: "forbidden" })).toEqual(["ticket_forbidden"]);
  expect(found([["a", "not_found"]], { kind: "gone" })).toEqual([]);
  expect(found(rows, present("a", "x", "y", "z"))).toEqual(["too_many"]);
});
