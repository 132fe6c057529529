import { outcomeWords, type BatchKind, type TicketOutcomes, type TicketRow } from "@caselink/ledger";
import { ASSOCIATIONS_PER_TICKET } from "@caselink/sdk";
import type { Difference } from "./difference.ts";

/** The result of reading a ticket. */
export type TicketReading = { kind: "found"; related: ReadonlySet<string> } | { kind: "gone" } | { kind: "forbidden" };

/** Whether the association of a row must be there, by its outcome in the report. */
function expectationOf({ outcome }: TicketRow, kind: BatchKind): "there" | "absent" | "unknown" {
  switch (outcome) {
    case undefined:
    case "duplicate": // decided by the earlier row
      return "unknown";
    case "created":
    case "already_associated":
    case "restored":
      return "there";
    case "removed":
    case "already_absent":
      return "absent";
    default:
      // An association that an undo could not remove may be there or not.
      return kind === "undo" ? "unknown" : "absent";
  }
}

/** Returns every difference between a ticket and the report. */
export function compareTicket({ ticket, rows }: TicketOutcomes, reading: TicketReading, kind: BatchKind): Difference[] {
  const expected = new Map<string, "there" | "absent" | "unknown">();
  for (const row of rows) if (row.outcome !== "duplicate") expected.set(row.related, expectationOf(row, kind));
  const isThere = (row: TicketRow): boolean => expected.get(row.related) === "there";
  if (reading.kind !== "found")
    return rows.some(isThere) ? [wholeTicket(ticket, rows.filter(isThere), reading.kind)] : [];

  const differences: Difference[] = [];
  for (const row of rows) {
    const isPresent = reading.related.has(row.related);
    const columns = { case_id: ticket, line: row.line, related_id: row.related, outcome: row.outcome ?? "" };
    const words = row.outcome ? outcomeWords[row.outcome] : "";
    if (isThere(row) && !isPresent) {
      differences.push({ kind: "missing", ...columns, message: `${words}, but it is not there now` });
    } else if (isPresent && expectationOf(row, kind) === "absent") {
      differences.push({ kind: "unexpected", ...columns, message: `${words}, but it is there now` });
    }
  }
  const { size } = reading.related;
  if (size > ASSOCIATIONS_PER_TICKET) {
    const message = `the ticket has ${size} associations, more than the ${ASSOCIATIONS_PER_TICKET} allowed`;
    differences.push({ kind: "too_many", case_id: ticket, message });
  }
  return differences;
}

/** Lines that the difference of a whole ticket names. */
const SHOWN_LINES = 6;

function wholeTicket(ticket: string, rows: readonly TicketRow[], kind: "gone" | "forbidden"): Difference {
  const lines = rows
    .slice(0, SHOWN_LINES)
    .map(({ line }) => line)
    .join(", ");
  const reason = kind === "gone" ? "the ticket no longer exists" : "no longer permitted to read the ticket";
  const message = rows.length === 1 ? `${reason}; expected by line ${lines}` : `${reason}; expected by lines ${lines}`;
  return { kind: `ticket_${kind}`, case_id: ticket, message: rows.length > SHOWN_LINES ? `${message} ...` : message };
}
