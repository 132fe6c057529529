import type { ChunkRow, ChunkTicket, OverLimit, RowResult } from "@caselink/ledger";
import { predictTicket, type TicketReading } from "@caselink/workflows/predict";
import type { Check } from "./check.ts";
import type { RelatedRejections } from "./related-rejections.ts";

const SHOWN_TICKETS = 5;

/** Predicts the outcomes of a ticket's rows and counts them in `check`. Rows without a prediction are left out. */
export async function predictTicketRows(
  ticket: ChunkTicket,
  reading: TicketReading,
  rejections: RelatedRejections,
  overLimit: OverLimit,
  check: Check,
): Promise<RowResult[]> {
  if (reading.kind === "unread") {
    check.unread++;
    check.unreadReason = reading.verdict.failure.error_message;
    check.unknown += ticket.rows.length;
    return [];
  }
  const full = reading.kind === "found" ? rowsOfFullRelated(ticket.rows, reading.related, rejections) : [];
  const others = { ...ticket, rows: ticket.rows.filter((row) => !full.includes(row)) };
  const now = withTakenPlaces(ticket.ticket, reading, rejections);
  const { results, writes } = await predictTicket(others, now, overLimit, (related) => rejections.of(related));
  check.writes += writes;
  const unread = new Set(ticket.rows.filter(({ related }) => rejections.isUnread(related)).map(({ row }) => row));
  const isUnsure = ({ row, outcome }: RowResult): boolean => outcome === "created" && unread.has(row);
  // If the API rejects such a row, the next row that fits takes its place.
  const isLimitUnsure = overLimit === "fill" && results.some(isUnsure);
  const known = results.filter((row) => !isUnsure(row) && !(isLimitUnsure && row.outcome === "limit_reached"));
  check.unknown += others.rows.length - known.length;
  const all = [...full.map(overLimitOfRelated), ...known];
  const relatedOf = new Map(others.rows.map(({ row, related }) => [row, related]));
  for (const { row, outcome } of results) {
    const related = relatedOf.get(row);
    if (outcome === "created" && related !== undefined) rejections.takePlaces(ticket.ticket, related);
  }
  for (const { outcome } of all) {
    if (outcome) check.outcomes[outcome] = (check.outcomes[outcome] ?? 0) + 1;
  }
  if (reading.kind === "rejected") {
    if (reading.outcome === "forbidden") check.forbiddenTickets++;
  } else if (known.some(({ outcome }) => outcome === "limit_reached")) {
    check.overLimitCount++;
    const requested = others.rows.filter(({ related }) => !reading.related.has(related)).length;
    const overLimit = { ticket: ticket.ticket, has: reading.related.size, requested };
    if (check.overLimitTickets.length < SHOWN_TICKETS) check.overLimitTickets.push(overLimit);
  }
  return all;
}

/** The reading, with a made-up association for each place that rows of other tickets take on a symmetric API. */
function withTakenPlaces(
  ticket: string,
  reading: Exclude<TicketReading, { kind: "unread" }>,
  rejections: RelatedRejections,
): Exclude<TicketReading, { kind: "unread" }> {
  if (reading.kind !== "found") return reading;
  const taken = rejections.takenPlaces(ticket, reading.related.size);
  if (taken === 0) return reading;
  // No id has a control character.
  const others = Array.from({ length: taken }, (_, at) => `\u0000${at}`);
  return { kind: "found", related: new Set([...reading.related, ...others]) };
}

/** The rows that a run does not send on a symmetric API, because their related ticket has no room. */
function rowsOfFullRelated(
  rows: readonly ChunkRow[],
  present: ReadonlySet<string>,
  rejections: RelatedRejections,
): readonly ChunkRow[] {
  return rows.filter(({ related }) => rejections.isFull(related) && !present.has(related));
}

const overLimitOfRelated = ({ row, related }: ChunkRow): RowResult => ({
  row,
  outcome: "limit_reached",
  error_message: `the related ticket ${related} has no room for it: at most three associations`,
  attempts: 0,
});
