import type { OsmClient } from "@caselink/sdk";
import { readTicket, type TicketReading } from "@caselink/workflows/predict";
import { pMapIterable } from "p-map";
import { ApiUnreadableError, CredentialsRejectedError } from "../errors.ts";
import { UNREAD_IN_A_ROW } from "../verify/read-tickets.ts";
import type { CheckCache } from "./check-cache.ts";

/** Tickets whose readings are stored in one file. */
export interface Part<Item> {
  name: string;
  items: Item[];
}

export interface PartReader<Item> {
  idOf: (item: Item) => string;
  /** Stores the tickets' associations, and not only that the tickets exist. */
  keepsRelated: boolean;
  api: Pick<OsmClient, "listAssociations">;
  cache: CheckCache;
  maxInFlight: number;
  signal: AbortSignal;
  onRead: () => void;
}

interface ReadPart<Item> {
  name: string;
  items: { item: Item; reading: TicketReading }[];
}

/**
 * Reads the tickets of all parts, `maxInFlight` at a time, and returns the parts in order. Reads at most twice as many tickets
 * ahead, so that memory stays bounded.
 * Throws {@link CredentialsRejectedError}, {@link ApiUnreadableError} and the signal's reason.
 */
export async function* readParts<Item>(
  parts: AsyncIterable<Part<Item>>,
  reader: PartReader<Item>,
): AsyncGenerator<ReadPart<Item>> {
  const { idOf, keepsRelated, api, cache, maxInFlight, onRead } = reader;
  const stop = new AbortController();
  const signal = AbortSignal.any([reader.signal, stop.signal]);
  const requested = async function* () {
    for await (const { name, items } of parts) {
      await cache.open(name);
      for (const [at, item] of items.entries()) yield { name, item, isLast: at === items.length - 1 };
    }
  };
  const read = async (one: { name: string; item: Item; isLast: boolean }) => {
    signal.throwIfAborted();
    const id = idOf(one.item);
    const known = cache.reuse(one.name, id, keepsRelated);
    if (known) return { ...one, reading: known };
    const reading = await readTicket(api, id, signal);
    cache.record(one.name, id, reading, keepsRelated);
    return { ...one, reading };
  };
  let done: ReadPart<Item>["items"] = [];
  let unreadInARow = 0;
  try {
    const options = { concurrency: maxInFlight, backpressure: maxInFlight * 2 };
    for await (const { name, item, isLast, reading } of pMapIterable(requested(), read, options)) {
      reader.signal.throwIfAborted();
      unreadInARow = reading.kind === "unread" ? unreadInARow + 1 : 0;
      if (reading.kind === "unread") throwIfHopeless(reading, unreadInARow);
      done.push({ item, reading });
      onRead();
      if (!isLast) {
        await cache.flush({ ifDue: true });
        continue;
      }
      await cache.close(name);
      yield { name, items: done };
      done = [];
    }
  } finally {
    stop.abort();
    await cache.flush();
  }
}

/** Throws if no further read can succeed: after one response that rejects the account, or many failed reads in a row. */
function throwIfHopeless({ verdict }: Extract<TicketReading, { kind: "unread" }>, inARow: number): void {
  if (verdict.kind === "wait" && ["credentials", "permission"].includes(verdict.waitReason.kind)) {
    throw new CredentialsRejectedError(verdict.waitReason.reason);
  }
  if (inARow >= UNREAD_IN_A_ROW) throw new ApiUnreadableError(new Error(verdict.failure.error_message));
}
