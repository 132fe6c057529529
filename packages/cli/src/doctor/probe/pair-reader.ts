import { setTimeout as sleep } from "node:timers/promises";
import type { OsmClient } from "@caselink/sdk";
import { readTicket, type TicketReading } from "@caselink/workflows/predict";

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

/** A ticket could not be read. */
export class UnreadableTicketError extends Error {
  override readonly name = "UnreadableTicketError";
  readonly ticket: string;
  readonly reading: Exclude<TicketReading, { kind: "found" }>;

  constructor(ticket: string, reading: Exclude<TicketReading, { kind: "found" }>) {
    const { failure } = reading.kind === "rejected" ? reading : reading.verdict;
    const { error_message: message, error_code: code } = failure;
    super(
      message === undefined
        ? `ticket ${ticket} cannot be read (no reason given${code ? `, ${code}` : ""})`
        : `ticket ${ticket} cannot be read (${[message, code].filter(Boolean).join(", ")})`,
    );
    this.ticket = ticket;
    this.reading = reading;
  }
}

/** Reads tickets of a probe. All methods reject with {@link UnreadableTicketError} or the signal's reason. */
export class PairReader {
  readonly #client: Pick<OsmClient, "listAssociations">;
  readonly #signal: AbortSignal;

  constructor(client: Pick<OsmClient, "listAssociations">, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Returns the related tickets of a ticket. */
  async read(ticket: string): Promise<ReadonlySet<string>> {
    this.#signal.throwIfAborted();
    const reading = await readTicket(this.#client, ticket, this.#signal);
    if (reading.kind === "found") return reading.related;
    throw new UnreadableTicketError(ticket, reading);
  }

  /**
   * Reads a ticket until it has a related ticket, or no longer has it. Returns after how many milliseconds it was so, 0
   * for the first read; undefined if it was not within the limit.
   */
  async waitUntil(ticket: string, related: string, isPresent: boolean, limitMs: number): Promise<number | undefined> {
    const startedAt = performance.now();
    for (let waitMs = 0; ; waitMs = Math.min(waitMs * 2 || FIRST_WAIT_MS, LONGEST_WAIT_MS)) {
      await sleep(waitMs, undefined, { signal: this.#signal });
      const found = await this.read(ticket);
      const tookMs = performance.now() - startedAt;
      if (found.has(related) === isPresent) return waitMs === 0 ? 0 : Math.ceil(tookMs);
      if (tookMs >= limitMs) return undefined;
    }
  }
}
