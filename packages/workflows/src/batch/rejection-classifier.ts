import type { AssociationsApi } from "../chunk/operation.ts";
import { rejectionSourceOf, UnscopedRejectionError, type RejectionSource } from "../chunk/verdict.ts";

/** Who may read need not be allowed to write. */
type Access = "read" | "write";

/**
 * So many different tickets, or all of a smaller batch, and none that was let in, are not the tickets' fault. The
 * service's own word may be meant for each ticket by itself: it takes more of them, and never fewer than `fewest`.
 */
const PROOF: Readonly<Record<RejectionSource, { tickets: number; fewest: number }>> = {
  service: { tickets: 20, fewest: 3 },
  gateway: { tickets: 3, fewest: 1 },
  endpoint: { tickets: 3, fewest: 1 },
};
/** The same of a code that no document names, where no write of the batch went well yet. */
const PROOF_OF_CODE = { tickets: 8, fewest: 3 };
/** A ticket that is turned away waits so long for what becomes of others. */
const WAIT_MS = 1_000;
const LATER_WAIT_MS = 5_000;
const POLL_MS = 100;
/** After this the ticket is taken to be meant: there is nobody to compare it with. */
const GIVE_UP_MS = 30_000;

/** Whom the API means by what it says of a ticket. */
export type RejectionScope = "ticket" | "batch" | "unknown";

/**
 * Tells a ticket that the API turns away from an API that turns away the whole batch.
 *
 * Until the first ticket was let in, nobody knows which it is: then no row gets an outcome by it. One for a batch and
 * process.
 */
export class RejectionClassifier {
  readonly #tickets: number;
  readonly #accepted = { read: false, write: false };
  #hasWritten = false;
  /** When a ticket was first turned away, by what for and ticket. */
  readonly #rejected = new Map<string, Map<string, number>>();

  /** @param tickets how many the batch has */
  constructor(tickets: number) {
    this.#tickets = tickets;
  }

  recordAccepted(access: Access): void {
    this.#accepted[access] = true;
  }

  /** A write of the batch went well. */
  recordWrite(): void {
    this.#hasWritten = true;
  }

  /** Who is meant by a rejection of that ticket, as far as is known now. */
  scopeOf(access: Access, source: RejectionSource, ticket: string, now: number): RejectionScope {
    return this.#accepted[access] ? "ticket" : this.#compare(`${access} ${source}`, PROOF[source], ticket, now);
  }

  /** The same of a code that no document names, which writes of that ticket end with time after time. */
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
    const firstAt = others.get(ticket) ?? now;
    others.set(ticket, firstAt);
    if (others.size >= Math.max(fewest, Math.min(tickets, this.#tickets))) return "batch";
    return now - firstAt >= GIVE_UP_MS ? "ticket" : "unknown";
  }

  wasRejected(access: Access, source: RejectionSource, ticket: string): boolean {
    return this.#rejected.get(`${access} ${source}`)?.has(ticket) ?? false;
  }
}

/** Who is meant by a code that no document names, as soon as that is known; `unknown` where it takes too long. */
export function scopeOfCode(
  classifier: RejectionClassifier,
  code: string,
  ticket: string,
  clock: ClassifierClock,
): Promise<RejectionScope> {
  return waitForOthers(() => classifier.scopeOfCode(code, ticket, clock.now()), clock, WAIT_MS);
}

/** Others that are under way may tell soon who is meant. */
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

/** The API, which throws a TurnedAwayError where a rejection is meant for the batch, or may be. */
export function classifyRejections(
  api: AssociationsApi,
  endpoint: string,
  classifier: RejectionClassifier,
  clock: ClassifierClock,
): AssociationsApi {
  async function ask<Answer>(access: Access, ticket: string, answer: Promise<Answer>): Promise<Answer> {
    try {
      const good = await answer;
      classifier.recordAccepted(access);
      if (access === "write") classifier.recordWrite();
      return good;
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
    listAssociations: (request, options) => ask("read", request.ticketId, api.listAssociations(request, options)),
    createAssociations: (request, options) => ask("write", request.ticketId, api.createAssociations(request, options)),
    deleteAssociation: (request, options) => ask("write", request.ticketId, api.deleteAssociation(request, options)),
  };
}
