import type { BatchRecord, TicketOutcomes } from "@caselink/ledger";
import type { OsmClient } from "@caselink/sdk";
import { ApiUnreadableError } from "../errors.ts";
import { compareTicket } from "./compare-ticket.ts";
import type { Difference, DifferenceKind } from "./difference.ts";
import { readTickets, UNREAD_IN_A_ROW } from "./read-tickets.ts";
import type { Seal } from "./recorded-end.ts";

/** The progress and the counts of a comparison. */
export interface Tally {
  tickets: number;
  /** Compared rows. */
  rows: number;
  /** Rows without an outcome, because the batch or a retry of it has not ended. */
  open_rows: number;
  /** Tickets that could not be read. */
  unread: number;
  /** Tickets that this account may not read. */
  forbidden: number;
  differences: Partial<Record<DifferenceKind, number>>;
  /** Undefined until the files were compared, and if the batch has not ended. */
  seal?: Seal;
}

export const newTally = (): Tally => ({ tickets: 0, rows: 0, open_rows: 0, unread: 0, forbidden: 0, differences: {} });

export interface Comparison {
  record: BatchRecord;
  tickets: AsyncGenerator<TicketOutcomes>;
  api: Pick<OsmClient, "listAssociations">;
  inFlight: number;
  signal: AbortSignal;
}

/** Returns every difference between a batch's report and the tickets as they are now, in the order of the tickets. */
export async function* compareBatch(comparison: Comparison, tally: Tally): AsyncGenerator<Difference> {
  const { record, tickets, api, inFlight, signal } = comparison;
  let unreadInARow = 0;
  for await (const { reading, ...ticket } of readTickets(tickets, api, { inFlight, signal })) {
    signal.throwIfAborted();
    const unsettled = ticket.rows.filter(({ outcome }) => outcome === undefined).length;
    tally.open_rows += unsettled;
    if (reading === undefined) continue;
    if (reading instanceof Error) {
      tally.unread++;
      if (++unreadInARow >= UNREAD_IN_A_ROW) throw new ApiUnreadableError(reading);
      continue;
    }
    unreadInARow = 0;
    tally.tickets++;
    tally.rows += ticket.rows.length - unsettled;
    if (reading.kind === "forbidden") tally.forbidden++;
    for (const difference of compareTicket(ticket, reading, record.kind)) {
      tally.differences[difference.kind] = (tally.differences[difference.kind] ?? 0) + 1;
      yield difference;
    }
  }
}
