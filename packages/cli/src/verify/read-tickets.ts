import type { TicketOutcomes } from "@caselink/ledger";
import { isApiError, isArgumentError, isConnectionError, type OsmClient } from "@caselink/sdk";
import { pMapIterable } from "p-map";
import { CredentialsRejectedError } from "../errors.ts";
import type { Look } from "./compare-ticket.ts";

/** Consecutive reads that fail before the API counts as down. */
export const UNREAD_IN_A_ROW = 20;

export interface ReadTicket extends TicketOutcomes {
  /** An error where the ticket could not be read; undefined where there is nothing to read. */
  look: Look | Error | undefined;
}

/**
 * Reads each ticket as it is now, in the order given; so many at once, and never further ahead than as many again, so
 * that memory stays bounded. Throws {@link CredentialsRejectedError}, and the signal's reason.
 */
export function readTickets(
  tickets: AsyncIterable<TicketOutcomes>,
  api: Pick<OsmClient, "listAssociations">,
  { inFlight, signal }: { inFlight: number; signal: AbortSignal },
): AsyncIterable<ReadTicket> {
  const read = async (ticket: TicketOutcomes): Promise<ReadTicket> => {
    signal.throwIfAborted();
    return { ...ticket, look: isWorthReading(ticket) ? await look(api, ticket.ticket, signal) : undefined };
  };
  return pMapIterable(tickets, read, { concurrency: inFlight, backpressure: inFlight * 2 });
}

/** Where every row was refused before it was sent, or is not settled, there is nothing to compare. */
function isWorthReading({ rows }: TicketOutcomes): boolean {
  return rows.some(({ outcome }) => outcome !== undefined && outcome !== "invalid");
}

async function look(
  api: Pick<OsmClient, "listAssociations">,
  ticketId: string,
  signal: AbortSignal,
): Promise<Look | Error | undefined> {
  try {
    const { associations } = await api.listAssociations({ ticketId }, { signal });
    return { kind: "present", related: new Set(associations.map((association) => association.ticketId)) };
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
