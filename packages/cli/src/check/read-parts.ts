import type { OsmClient } from "@caselink/sdk";
import { readForForecast, type Reading } from "@caselink/workflows/forecast";
import { pMapIterable } from "p-map";
import { ApiUnreadableError, CredentialsRejectedError } from "../errors.ts";
import { UNREAD_IN_A_ROW } from "../verify/read-tickets.ts";
import type { CheckCache } from "./check-cache.ts";

/** Tickets that are kept together. */
export interface Part<Item> {
  name: string;
  items: Item[];
}

export interface PartReader<Item> {
  idOf: (item: Item) => string;
  /** What the tickets hold is kept, and not only that they are there. */
  keepsPresent: boolean;
  api: Pick<OsmClient, "listAssociations">;
  reads: CheckCache;
  inFlight: number;
  signal: AbortSignal;
  onRead: () => void;
}

interface ReadPart<Item> {
  name: string;
  items: { item: Item; reading: Reading }[];
}

/**
 * Reads the tickets of parts, some ahead of others, and never further than memory stays bounded; parts come in order.
 * Throws {@link CredentialsRejectedError}, {@link ApiUnreadableError} and the signal's reason.
 */
export async function* readParts<Item>(
  parts: AsyncIterable<Part<Item>>,
  reader: PartReader<Item>,
): AsyncGenerator<ReadPart<Item>> {
  const { idOf, keepsPresent, api, reads, inFlight, onRead } = reader;
  const stop = new AbortController();
  const signal = AbortSignal.any([reader.signal, stop.signal]);
  const asked = async function* () {
    for await (const { name, items } of parts) {
      await reads.open(name);
      for (const [at, item] of items.entries()) yield { name, item, isLast: at === items.length - 1 };
    }
  };
  const read = async (one: { name: string; item: Item; isLast: boolean }) => {
    signal.throwIfAborted();
    const id = idOf(one.item);
    const known = reads.take(one.name, id);
    if (known) return { ...one, reading: known };
    const reading = await readForForecast(api, id, signal);
    reads.note(one.name, id, reading, keepsPresent);
    return { ...one, reading };
  };
  let done: ReadPart<Item>["items"] = [];
  let unreadInARow = 0;
  try {
    const options = { concurrency: inFlight, backpressure: inFlight * 2 };
    for await (const { name, item, isLast, reading } of pMapIterable(asked(), read, options)) {
      reader.signal.throwIfAborted();
      unreadInARow = reading.kind === "unread" ? unreadInARow + 1 : 0;
      if (reading.kind === "unread") throwWhereHopeless(reading, unreadInARow);
      done.push({ item, reading });
      onRead();
      if (!isLast) {
        await reads.flush({ ifDue: true });
        continue;
      }
      await reads.close(name);
      yield { name, items: done };
      done = [];
    }
  } finally {
    stop.abort();
    await reads.flush();
  }
}

/** One answer proves that nobody is let in; many in a row, that nothing answers. */
function throwWhereHopeless({ verdict }: Extract<Reading, { kind: "unread" }>, inARow: number): void {
  if (verdict.kind === "trouble" && ["credentials", "permission"].includes(verdict.trouble.kind)) {
    throw new CredentialsRejectedError(verdict.trouble.reason);
  }
  if (inARow >= UNREAD_IN_A_ROW) throw new ApiUnreadableError(new Error(verdict.failure.error_message));
}
