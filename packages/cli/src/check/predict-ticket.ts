import type { ChunkTicket, OverLimit, RowResult } from "@caselink/ledger";
import { forecastTicket, type Reading } from "@caselink/workflows/forecast";
import type { Check } from "./check.ts";
import type { RelatedRejections } from "./related-rejections.ts";

const SHOWN_TICKETS = 5;

/** What becomes of a ticket's rows, as far as reading tells; counts it. Rows of which nothing is known are left out. */
export async function predictTicketRows(
  ticket: ChunkTicket,
  reading: Reading,
  refusals: RelatedRejections,
  overLimit: OverLimit,
  check: Check,
): Promise<RowResult[]> {
  if (reading.kind === "unread") {
    check.unread++;
    check.unreadReason = reading.verdict.failure.error_message;
    check.unknown += ticket.rows.length;
    return [];
  }
  const { results, writes } = await forecastTicket(ticket, reading, overLimit, (related) => refusals.of(related));
  check.writes += writes;
  const unread = new Set(ticket.rows.filter(({ related }) => refusals.isUnread(related)).map(({ row }) => row));
  const isUnsure = ({ row, outcome }: RowResult): boolean => outcome === "created" && unread.has(row);
  // Where one is refused after all, the next that fits takes its place.
  const isRoomUnsure = overLimit === "fill" && results.some(isUnsure);
  const known = results.filter((row) => !isUnsure(row) && !(isRoomUnsure && row.outcome === "limit_reached"));
  check.unknown += ticket.rows.length - known.length;
  for (const { outcome } of known) {
    if (outcome) check.outcomes[outcome] = (check.outcomes[outcome] ?? 0) + 1;
  }
  if (reading.kind === "refused") {
    if (reading.outcome === "forbidden") check.forbiddenTickets++;
  } else if (known.some(({ outcome }) => outcome === "limit_reached")) {
    check.withoutRoomCount++;
    const asked = ticket.rows.filter(({ related }) => !reading.related.has(related)).length;
    const told = { ticket: ticket.ticket, has: reading.related.size, asked };
    if (check.withoutRoom.length < SHOWN_TICKETS) check.withoutRoom.push(told);
  }
  return known;
}
