import type { TicketRow } from "@caselink/ledger";
import { expect, test } from "vitest";
import { compareTicket, type TicketReading } from "./compare-ticket.ts";

const holding = (...related: string[]): TicketReading => ({ kind: "found", related: new Set(related) });

function found(
  rows: [related: string, outcome: TicketRow["outcome"]][],
  reading: TicketReading,
  kind: "create" | "undo" = "create",
) {
  const ticket = {
    ticket: "T",
    rows: rows.map(([related, outcome], at) => ({ line: at + 2, file: 0, related, outcome })),
  };
  return compareTicket(ticket, reading, kind).map(({ kind: difference, line }) =>
    line === undefined ? difference : `${difference} ${line}`,
  );
}

test("a succeeded row must be there, and any other row must not", () => {
  expect(found([["a", "created"], ["b", "already_associated"], ["c", "failed"]], holding("a", "b"))).toEqual([]); // prettier-ignore
  expect(found([["a", "created"], ["b", "already_associated"]], holding("x"))).toEqual(["missing 2", "missing 3"]); // prettier-ignore
  for (const outcome of ["failed", "cancelled", "limit_reached", "not_found", "forbidden", "invalid"] as const) {
    expect(found([["a", outcome]], holding("a"))).toEqual(["unexpected 2"]);
    expect(found([["a", outcome]], holding())).toEqual([]);
  }
});

const withDuplicate = (outcome: TicketRow["outcome"]): [string, TicketRow["outcome"]][] => [
  ["a", outcome],
  ["a", "duplicate"],
];

test("a duplicate row is compared like the row that it repeats", () => {
  expect(found(withDuplicate("created"), holding())).toEqual(["missing 2", "missing 3"]);
  expect(found(withDuplicate("failed"), holding())).toEqual([]);
  expect(found(withDuplicate("failed"), holding("a"))).toEqual(["unexpected 2"]);
});

test("an unsettled row is not compared, and a row that an undo could not remove may be there or not", () => {
  expect(found([["a", undefined]], holding("a"))).toEqual([]);
  expect(found([["a", "removed"], ["b", "already_absent"]], holding("a"), "undo")).toEqual(["unexpected 2"]); // prettier-ignore
  expect(found([["a", "failed"]], holding("a"), "undo")).toEqual([]);
  expect(found([["a", "failed"]], holding(), "undo")).toEqual([]);
});

test("a ticket that is gone, forbidden or over the limit is one difference", () => {
  const rows: [string, TicketRow["outcome"]][] = [["a", "created"], ["b", "failed"]]; // prettier-ignore
  expect(found(rows, { kind: "gone" })).toEqual(["ticket_gone"]);
  expect(found(rows, { kind: "forbidden" })).toEqual(["ticket_forbidden"]);
  expect(found([["a", "not_found"]], { kind: "gone" })).toEqual([]);
  expect(found(rows, holding("a", "x", "y", "z"))).toEqual(["too_many"]);
});
