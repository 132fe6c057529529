import type { AssociationsApi } from "../chunk/operation.ts";
import { groundOf, TurnedAwayError, type Ground } from "../chunk/verdict.ts";

/** Who may read need not be allowed to write. */
type Access = "read" | "write";

/**
 * So many different tickets, or all of a smaller batch, and none that was let in, are not the tickets' fault. The
 * service's own word may be meant for each ticket by itself: it takes more of them, and never fewer than `fewest`.
 */
const PROOF: Readonly<Record<Ground, { tickets: number; fewest: number }>> = {
  permission: { tickets: 20, fewest: 3 },
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
const PATIENCE_MS = 30_000;

/** Whom the API means by what it says of a ticket. */
export type Meant = "ticket" | "batch" | "unknown";

/**
 * Tells a ticket that the API turns away from an API that turns away the whole batch.
 *
 * Until the first ticket was let in, nobody knows which it is: then no row gets an outcome by it. One for a batch and
 * process.
 */
export class Admission {
  readonly #tickets: number;
  readonly #letIn = { read: false, write: false };
  #hasWritten = false;
  /** When a ticket was first turned away, by what for and ticket. */
  readonly #turnedAway = new Map<string, Map<string, number>>();

  /** @param tickets how many the batch has */
  constructor(tickets: number) {
    this.#tickets = tickets;
  }

  letIn(access: Access): void {
    this.#letIn[access] = true;
  }

  /** A write of the batch went well. */
  noteWritten(): void {
    this.#hasWritten = true;
  }

  /** Who is meant by a refusal of that ticket, as far as is known now. */
  whoIsMeant(access: Access, ground: Ground, ticket: string, now: number): Meant {
    return this.#letIn[access] ? "ticket" : this.#compare(`${access} ${ground}`, PROOF[ground], ticket, now);
  }

  /** The same of a code that no document names, which writes of that ticket end with time after time. */
  whoIsMeantByCode(code: string, ticket: string, now: number): Meant {
    return this.#hasWritten ? "ticket" : this.#compare(`code ${code}`, PROOF_OF_CODE, ticket, now);
  }

  #compare(key: string, { tickets, fewest }: { tickets: number; fewest: number }, ticket: string, now: number): Meant {
    if (this.#tickets < fewest) return "ticket";
    const others = this.#turnedAway.get(key) ?? new Map<string, number>();
    this.#turnedAway.set(key, others);
    const firstAt = others.get(ticket) ?? now;
    others.set(ticket, firstAt);
    if (others.size >= Math.max(fewest, Math.min(tickets, this.#tickets))) return "batch";
    return now - firstAt >= PATIENCE_MS ? "ticket" : "unknown";
  }

  wasTurnedAway(access: Access, ground: Ground, ticket: string): boolean {
    return this.#turnedAway.get(`${access} ${ground}`)?.has(ticket) ?? false;
  }
}

/** Who is meant by a code that no document names, as soon as that is known; `unknown` where it takes too long. */
export function whoIsMeantByCode(
  admission: Admission,
  code: string,
  ticket: string,
  clock: AdmissionClock,
): Promise<Meant> {
  return waitForOthers(() => admission.whoIsMeantByCode(code, ticket, clock.now()), clock, WAIT_MS);
}

/** Others that are under way may tell soon who is meant. */
async function waitForOthers(whoIsMeant: () => Meant, clock: AdmissionClock, waitMs: number): Promise<Meant> {
  for (let waited = 0; ; waited += POLL_MS) {
    const who = whoIsMeant();
    if (who !== "unknown" || waited >= waitMs) return who;
    await clock.sleep(POLL_MS);
  }
}

interface AdmissionClock {
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

/** The API, which throws a TurnedAwayError where a refusal is meant for the batch, or may be. */
export function admitted(
  api: AssociationsApi,
  endpoint: string,
  admission: Admission,
  clock: AdmissionClock,
): AssociationsApi {
  async function ask<Answer>(access: Access, ticket: string, answer: Promise<Answer>): Promise<Answer> {
    try {
      const good = await answer;
      admission.letIn(access);
      if (access === "write") admission.noteWritten();
      return good;
    } catch (error) {
      const ground = groundOf(error);
      if (ground === "none") throw error;
      if (ground === "answered") {
        admission.letIn(access);
        throw error;
      }
      const who = await decide(access, ground, ticket);
      throw who === "ticket" ? error : new TurnedAwayError(error, ground, endpoint, who === "batch");
    }
  }

  function decide(access: Access, ground: Ground, ticket: string): Promise<Meant> {
    const isLater = admission.wasTurnedAway(access, ground, ticket);
    const waitMs = isLater ? LATER_WAIT_MS : WAIT_MS;
    return waitForOthers(() => admission.whoIsMeant(access, ground, ticket, clock.now()), clock, waitMs);
  }

  return {
    listAssociations: (request, options) => ask("read", request.ticketId, api.listAssociations(request, options)),
    createAssociations: (request, options) => ask("write", request.ticketId, api.createAssociations(request, options)),
    deleteAssociation: (request, options) => ask("write", request.ticketId, api.deleteAssociation(request, options)),
  };
}
