import type { TicketOutcomes } from "@caselink/ledger";
import { isApiError, isArgumentError, isConnectionError, type OsmClient } from "@caselink/sdk";
import { pMapIterable } from "p-map";
import { CredentialsRejectedError } from "../errors.ts";
import type { TicketReading } from "./compare-ticket.ts";

/** Consecutive reads that fail before the API counts as down. */
export const UNREAD_IN_A_ROW = 20;

export interface ReadTicket extends TicketOutcomes {
  /** An error if the ticket could not be read; undefined if there is nothing to compare. */
  reading: TicketReading | Error | undefined;
}

/**
 * Reads each ticket as it is now, `inFlight` at a time, and returns them in the given order. Reads at most twice as many
 * ahead, so that memory stays bounded. Throws {@link CredentialsRejectedError}, and the signal's reason.
 */
export function readTickets(
  tickets: AsyncIterable<TicketOutcomes>,
  api: Pick<OsmClient, "listAssociations">,
  { inFlight, signal }: { inFlight: number; signal: AbortSignal },
): AsyncIterable<ReadTicket> {
  const read = async (ticket: TicketOutcomes): Promise<ReadTicket> => {
    signal.throwIfAborted();
    return { ...ticket, reading: isWorthReading(ticket) ? await readTicket(api, ticket.ticket, signal) : undefined };
  };
  return pMapIterable(tickets, read, { concurrency: inFlight, backpressure: inFlight * 2 });
}

/** False if no row was sent or none is settled: there is nothing to compare. */
function isWorthReading({ rows }: TicketOutcomes): boolean {
  return rows.some(({ outcome }) => outcome !== undefined && outcome !== "invalid");
}

async function readTicket(
  api: Pick<OsmClient, "listAssociations">,
  ticketId: string,
  signal: AbortSignal,
): Promise<TicketReading | Error | undefined> {
  try {
    const { associations } = await api.listAssociations({ ticketId }, { signal });
    return { kind: "found", related: new Set(associations.map((association) => association.ticketId)) };
  } catch (error) {
    signal.throwIfAborted();
    if (isArgumentError(error)) return undefined; // an id that no ticket can have
    if (isConnectionError(error)) return error;
    if (!isApiError(error)) throw error;
    if (error.errorClass === "not-found") return { kind: "gone" };
    if (error.errorClass === "forbidden") return { kind: "forbidden" };
    if (error.errorClass === "unauthenticated") throw new CredentialsRejectedError(error.message);
    return error;
  }
}
