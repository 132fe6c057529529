import { backoffMs } from "./backoff.ts";
import { ConnectionError } from "./connection-error.ts";
import type { CallOptions, OsmClient } from "./osm-client.ts";
import { isOsmError } from "./osm-error.ts";
import type { CallFacts } from "./perform-call.ts";
import { sleep, type Sleep } from "./sleep.ts";

export interface SequenceOptions extends CallOptions {
  /**
   * Maximum retries of each call, default as in the client; and how many times to list and write again after an unknown
   * outcome, default 3.
   */
  readonly retries?: number | undefined;
  /** For tests: numbers from 0 to 1; default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** For tests: default `setTimeout`. */
  readonly sleep?: Sleep | undefined;
}

type Listed = Awaited<ReturnType<OsmClient["listAssociations"]>>;

/** The calls for one ticket that together are one operation: lists, writes, and the waits between them. */
export class CallSequence {
  /** Requests of all calls so far. */
  attempts = 0;
  readonly operation: string;
  readonly #client: Pick<OsmClient, "listAssociations">;
  readonly #ticketId: string;
  readonly #options: SequenceOptions;

  constructor(
    verb: string,
    client: Pick<OsmClient, "listAssociations">,
    { ticketId }: { readonly ticketId: string },
    options: SequenceOptions,
  ) {
    this.operation = `${verb} of ${ticketId}`;
    this.#client = client;
    this.#ticketId = ticketId;
    this.#options = options;
  }

  list(): Promise<Listed> {
    return this.count(this.#client.listAssociations({ ticketId: this.#ticketId }, this.#options));
  }

  /** Counts the requests of a call, whether it succeeds or fails. */
  async count<Facts extends CallFacts>(call: Promise<Facts>): Promise<Facts> {
    try {
      const facts = await call;
      this.attempts += facts.attempts;
      return facts;
    } catch (error) {
      if (isOsmError(error)) this.attempts += error.attempts;
      throw error;
    }
  }

  /**
   * Waits before a write with an unknown outcome is settled.
   * @throws ConnectionError if the caller aborts
   */
  async pause(failures: number): Promise<void> {
    const { operation, attempts } = this;
    const { random = Math.random, sleep: wait = sleep, signal } = this.#options;
    try {
      await wait(backoffMs(failures, random), signal);
    } catch (cause) {
      if (!signal?.aborted) throw cause;
      const facts = { wasSent: "yes", execution: "unknown" } as const;
      throw new ConnectionError({ operation, ticketId: this.#ticketId, kind: "aborted", ...facts, attempts, cause });
    }
  }
}

/** Ids of the related tickets in a list. */
export function idsOf({ associations }: Listed): ReadonlySet<string> {
  return new Set(associations.map(({ ticketId }) => ticketId));
}
