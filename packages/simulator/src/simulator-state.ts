import { AssociationStore } from "./association-store.ts";
import type { CompleteConfig, SimulatorConfig, SimulatorUser } from "./config.ts";
import { CreateFlights } from "./create-flights.ts";
import { FaultPlan } from "./fault-plan.ts";
import { Journal } from "./journal.ts";
import { KeyLocks } from "./key-locks.ts";
import { OutageClock } from "./outage-clock.ts";
import { RateLimiter, type CountedRequest } from "./rate-limiter.ts";
import { SuspendedRequests } from "./suspended-requests.ts";
import { createTicketMatcher } from "./ticket-matcher.ts";
import { TokenIssuer } from "./token-issuer.ts";

/**
 * Everything that a reset replaces. A request keeps the state in which it arrived, so a request that is in flight during a
 * reset changes nothing in the new state.
 */
export class SimulatorState {
  readonly journal: Journal;
  readonly associations: AssociationStore;
  readonly flights: CreateFlights;
  readonly faultPlan = new FaultPlan();
  readonly issuer = new TokenIssuer();
  readonly suspended = new SuspendedRequests();
  #config: CompleteConfig;
  #isUnknown: (ticket: string) => boolean;
  #unknownByUser: ReadonlyMap<string, (ticket: string) => boolean>;
  #isForbidden: (ticket: string) => boolean;
  #rateLimiter: RateLimiter | undefined;
  #outageClock: OutageClock | undefined;
  #keyLocks: KeyLocks | undefined;

  constructor(config: CompleteConfig, onChange: () => void) {
    this.#config = config;
    this.journal = new Journal(config.journalLimit, onChange);
    this.associations = new AssociationStore(config.tickets, config.symmetric);
    this.flights = new CreateFlights(this.journal);
    this.#isUnknown = createTicketMatcher(config.unknownTickets);
    this.#isForbidden = createTicketMatcher(config.forbiddenTickets);
    this.#unknownByUser = unknownByUser(config.users);
    this.#rateLimiter = config.rateLimit === null ? undefined : new RateLimiter(config.rateLimit);
    this.#outageClock = config.outage === null ? undefined : new OutageClock(config.outage);
    this.#keyLocks = config.keyLock === null ? undefined : new KeyLocks(config.keyLock);
  }

  get config(): CompleteConfig {
    return this.#config;
  }

  /** Undefined if keys are never locked. */
  get keyLocks(): KeyLocks | undefined {
    return this.#keyLocks;
  }

  isUnknown(ticket: string): boolean {
    return this.#isUnknown(ticket);
  }

  /** True for a ticket that belongs to another account than the user. */
  isUnknownTo(user: string, ticket: string): boolean {
    return this.#unknownByUser.get(user)?.(ticket) ?? false;
  }

  isForbidden(ticket: string): boolean {
    return this.#isForbidden(ticket);
  }

  /** Applies `changes`, which are already merged into `config`. */
  adopt(config: CompleteConfig, changes: SimulatorConfig, nowMs: number): void {
    this.#config = config;
    if (changes.unknownTickets !== undefined) this.#isUnknown = createTicketMatcher(changes.unknownTickets);
    if (changes.forbiddenTickets !== undefined) this.#isForbidden = createTicketMatcher(changes.forbiddenTickets);
    if (changes.users !== undefined) this.#unknownByUser = unknownByUser(changes.users);
    if (changes.outage !== undefined) {
      this.#outageClock = changes.outage === null ? undefined : new OutageClock(changes.outage);
    }
    if (changes.rateLimit !== undefined) {
      this.#rateLimiter =
        changes.rateLimit === null ? undefined : new RateLimiter(changes.rateLimit, this.#rateLimiter);
    }
    if (changes.keyLock !== undefined) {
      this.#keyLocks = changes.keyLock === null ? undefined : new KeyLocks(changes.keyLock);
    }
    for (const [ticket, relatedIds] of Object.entries(changes.tickets ?? {})) {
      this.associations.write(ticket, [...relatedIds], nowMs, { rememberMs: 0, symmetric: config.symmetric });
    }
    if (!config.suspended) this.suspended.continueAll();
  }

  /** Counts an association request. Returns the kind of the outage if the API is down for it. */
  meetOutage(nowMs: number): OutageClock["outage"]["kind"] | undefined {
    const clock = this.#outageClock;
    return clock?.strikes(nowMs) === true ? clock.outage.kind : undefined;
  }

  /** Counts an association request against the rate limit, if there is one. */
  isWithinRateLimit(request: CountedRequest, nowMs: number): boolean {
    return this.#rateLimiter?.tryAccept(request, nowMs) ?? true;
  }

  /** The rate limit as the gateway names it; undefined if there is none. */
  get rateLimitName(): string | undefined {
    return this.#rateLimiter?.name;
  }
}

function unknownByUser(users: readonly SimulatorUser[]): ReadonlyMap<string, (ticket: string) => boolean> {
  return new Map(users.map(({ name, unknownTickets = [] }) => [name, createTicketMatcher(unknownTickets)]));
}
