import type { BatchKind, TicketOutcomes, TicketRow } from "@caselink/ledger";
import { ASSOCIATIONS_PER_TICKET } from "@caselink/sdk";
import { outcomeWords } from "../screen/progress-screen.ts";
import type { Difference } from "./difference.ts";

/** What reading a ticket came to. */
export type Look = { kind: "present"; related: ReadonlySet<string> } | { kind: "gone" } | { kind: "forbidden" };

/** What a ticket is compared for, by the report; a row that is not settled says nothing yet. */
function expectationOf({ outcome }: TicketRow, kind: BatchKind): "there" | "not there" | "unknown" {
  switch (outcome) {
    case undefined:
    case "duplicate": // goes by the row that it repeats
      return "unknown";
    case "created":
    case "already_associated":
    case "restored":
      return "there";
    case "removed":
    case "already_absent":
      return "not there";
    default:
      // What an undo could not remove may be there or not.
      return kind === "undo" ? "unknown" : "not there";
  }
}

/** Every difference between what the report says of a ticket and what the ticket is. */
export function compareTicket({ ticket, rows }: TicketOutcomes, look: Look, kind: BatchKind): Difference[] {
  const expected = new Map<string, "there" | "not there" | "unknown">();
  for (const row of rows) if (row.outcome !== "duplicate") expected.set(row.related, expectationOf(row, kind));
  const isThere = (row: TicketRow): boolean => expected.get(row.related) === "there";
  if (look.kind !== "present") return rows.some(isThere) ? [wholeTicket(ticket, rows.filter(isThere), look.kind)] : [];

  const differences: Difference[] = [];
  for (const row of rows) {
    const isPresent = look.related.has(row.related);
    const told = { case_id: ticket, line: row.line, related_id: row.related, outcome: row.outcome ?? "" };
    const words = row.outcome ? outcomeWords[row.outcome] : "";
    if (isThere(row) && !isPresent) {
      differences.push({ kind: "missing", ...told, message: `${words}, but it is not there now` });
    } else if (isPresent && expectationOf(row, kind) === "not there") {
      differences.push({ kind: "unexpected", ...told, message: `${words}, but it is there now` });
    }
  }
  const { size } = look.related;
  if (size > ASSOCIATIONS_PER_TICKET) {
    const message = `the ticket has ${size} associations, more than the ${ASSOCIATIONS_PER_TICKET} there can be`;
    differences.push({ kind: "too_many", case_id: ticket, message });
  }
  return differences;
}

function wholeTicket(ticket: string, rows: readonly TicketRow[], kind: "gone" | "forbidden"): Difference {
  const lines = rows
    .slice(0, 6)
    .map(({ line }) => line)
    .join(", ");
  const what = kind === "gone" ? "the ticket does not exist any more" : "no permission for the ticket any more";
  const where = `line${rows.length === 1 ? "" : "s"} ${lines}${rows.length > 6 ? " ..." : ""}`;
  return { kind: `ticket_${kind}`, case_id: ticket, message: `${what}; made by ${where}` };
}
