import type { AssociationsApi } from "../chunk/operation.ts";
import { rejectionSourceOf, UnscopedRejectionError, type RejectionSource } from "../chunk/verdict.ts";

/** Permission to read does not include permission to write. */
type Access = "read" | "write";

/**
 * If this many different tickets were rejected and none was accepted, the rejection concerns the batch. In a smaller batch
 * all tickets must be rejected, and at least `fewest`. A rejection by the service takes more tickets, because it can concern
 * each ticket separately.
 */
const PROOF: Readonly<Record<RejectionSource, { tickets: number; fewest: number }>> = {
  service: { tickets: 20, fewest: 3 },
  gateway: { tickets: 3, fewest: 1 },
  endpoint: { tickets: 3, fewest: 1 },
};
/** The same for an undocumented code, as long as no write of the batch has succeeded. */
const PROOF_OF_CODE = { tickets: 8, fewest: 3 };
/** How long a rejected ticket waits for the results of others, in milliseconds. */
const WAIT_MS = 1_000;
const LATER_WAIT_MS = 5_000;
const POLL_MS = 100;
/** After this many milliseconds without another ticket to compare with, the rejection counts as the ticket's own. */
const MAX_COMPARE_MS = 30_000;

/** The scope of a rejection. */
export type RejectionScope = "ticket" | "batch" | "unknown";

/**
 * Decides whether a rejection concerns one ticket or the whole batch.
 *
 * Until the API has accepted a first ticket this is unknown, and no row gets an outcome from a rejection. One for each batch
 * and process.
 */
export class RejectionClassifier {
  readonly #tickets: number;
  readonly #accepted = { read: false, write: false };
  #hasWritten = false;
  /** When each ticket was first rejected, by access and source, and by ticket. */
  readonly #rejected = new Map<string, Map<string, number>>();

  /** @param tickets number of tickets of the batch */
  constructor(tickets: number) {
    this.#tickets = tickets;
  }

  recordAccepted(access: Access): void {
    this.#accepted[access] = true;
  }

  /** A write of the batch succeeded. */
  recordWrite(): void {
    this.#hasWritten = true;
  }

  /** The scope of a rejection of that ticket, as far as is known now. */
  scopeOf(access: Access, source: RejectionSource, ticket: string, now: number): RejectionScope {
    return this.#accepted[access] ? "ticket" : this.#compare(`${access} ${source}`, PROOF[source], ticket, now);
  }

  /** The same for an undocumented code that every try of that ticket ends with. */
  scopeOfCode(code: string, ticket: string, now: number): RejectionScope {
    return this.#hasWritten ? "ticket" : this.#compare(`code ${code}`, PROOF_OF_CODE, ticket, now);
  }

  #compare(
    key: string,
    { tickets, fewest }: { tickets: number; fewest: number },
    ticket: string,
    now: number,
  ): RejectionScope {
    if (this.#tickets < fewest) return "ticket";
    const others = this.#rejected.get(key) ?? new Map<string, number>();
    this.#rejected.set(key, others);
    // A clock that was put back starts the time again.
    const firstAt = Math.min(others.get(ticket) ?? now, now);
    others.set(ticket, firstAt);
    if (others.size >= Math.max(fewest, Math.min(tickets, this.#tickets))) return "batch";
    return now - firstAt >= MAX_COMPARE_MS ? "ticket" : "unknown";
  }

  wasRejected(access: Access, source: RejectionSource, ticket: string): boolean {
    return this.#rejected.get(`${access} ${source}`)?.has(ticket) ?? false;
  }
}

/** The scope of an undocumented code, as soon as it is known; `unknown` if it takes too long. */
export function scopeOfCode(
  classifier: RejectionClassifier,
  code: string,
  ticket: string,
  clock: ClassifierClock,
): Promise<RejectionScope> {
  return waitForOthers(() => classifier.scopeOfCode(code, ticket, clock.now()), clock, WAIT_MS);
}

/** Requests of other tickets that are in flight may soon decide the scope. */
async function waitForOthers(
  scopeOf: () => RejectionScope,
  clock: ClassifierClock,
  waitMs: number,
): Promise<RejectionScope> {
  for (let waited = 0; ; waited += POLL_MS) {
    const scope = scopeOf();
    if (scope !== "unknown" || waited >= waitMs) return scope;
    await clock.sleep(POLL_MS);
  }
}

interface ClassifierClock {
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

/** The API. It throws an UnscopedRejectionError if a rejection concerns the batch, or may concern it. */
export function classifyRejections(
  api: AssociationsApi,
  endpoint: string,
  classifier: RejectionClassifier,
  clock: ClassifierClock,
): AssociationsApi {
  async function observe<Response>(access: Access, ticket: string, call: Promise<Response>): Promise<Response> {
    try {
      const response = await call;
      classifier.recordAccepted(access);
      if (access === "write") classifier.recordWrite();
      return response;
    } catch (error) {
      const source = rejectionSourceOf(error);
      if (source === "none") throw error;
      if (source === "responded") {
        classifier.recordAccepted(access);
        throw error;
      }
      const scope = await decide(access, source, ticket);
      throw scope === "ticket" ? error : new UnscopedRejectionError(error, source, endpoint, scope === "batch");
    }
  }

  function decide(access: Access, source: RejectionSource, ticket: string): Promise<RejectionScope> {
    const isLater = classifier.wasRejected(access, source, ticket);
    const waitMs = isLater ? LATER_WAIT_MS : WAIT_MS;
    return waitForOthers(() => classifier.scopeOf(access, source, ticket, clock.now()), clock, waitMs);
  }

  return {
    listAssociations: (request, options) => observe("read", request.ticketId, api.listAssociations(request, options)),
    createAssociations: (request, options) =>
      observe("write", request.ticketId, api.createAssociations(request, options)),
    deleteAssociation: (request, options) =>
      observe("write", request.ticketId, api.deleteAssociation(request, options)),
  };
}
