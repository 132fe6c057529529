// The writers model: attempts of two batches that share a lane, while processes crash and stall and responses get lost.
// The lane is free to start an attempt at either batch at any time. spec/README.md maps the steps to the code.
import type { Model, Step } from "./check-model.ts";
import { end, environmentSteps, nameOf } from "./writers-environment.ts";
import {
  BATCHES,
  countBits,
  initialWriters,
  isDoubtful,
  listTicket,
  type Attempt,
  type Outcome,
  type WritersBounds,
  type WritersState,
} from "./writers-state.ts";

/** A protection that is left out. Each one has to break the model. */
export type WritersMutant =
  | "takes a new snapshot after a crash"
  | "takes a new snapshot in the next turn"
  | "works a ticket that another batch may have written to"
  | "names its chunk only when it releases the lease"
  | "sends without verifying the lease"
  | "does not wait for a stalled predecessor"
  | "releases the lease while it waits"
  | "replaces newer results"
  | "replaces a newer snapshot"
  | "does not seal the named chunks"
  | "does not seal its own chunk"
  | "releases the lease before it has sealed"
  | "brings back a lease that others have removed"
  | "gives up while a write may still arrive"
  | "holds tickets for a batch that has ended"
  | "does not wait for the writes of a batch that has ended"
  | "opens its chunk without verifying the lease"
  | "sends before its snapshot is stored";

type State = WritersState;

export function writersModel(bounds: WritersBounds, mutant?: WritersMutant): Model<State> {
  const { tickets, limit } = bounds;
  const askedBit = (batch: number, ticket: number): number => 1 << (tickets[ticket]?.asks[batch] ?? 0);

  /** Moves on to the next ticket that the attempt may work. */
  function pick(attempt: Attempt, from: number): void {
    attempt.seen = 0;
    attempt.ticket = from;
    const isSkipped = (ticket: number): boolean =>
      attempt.results[ticket] !== null ||
      (attempt.snapshot[ticket] === null && (attempt.isLast || (attempt.held[ticket] ?? false)));
    while (attempt.ticket < tickets.length && isSkipped(attempt.ticket)) attempt.ticket++;
    attempt.step = attempt.ticket < tickets.length ? "pick" : "release";
  }

  /** Only the newest version has a successor: an attempt that read an older one can store nothing. */
  function seal(state: State, batch: number, except: Attempt): void {
    for (const other of state.attempts) {
      if (!other || other === except || other.batch !== batch) continue;
      other.hasNewestSnapshot = false;
      other.hasNewestResults = false;
    }
  }

  function acquire(state: State, attempt: Attempt): void {
    for (const other of state.attempts) {
      if (!other || other === attempt) continue;
      if (!other.isNewest && other.step === "open") other.isRemoved = true;
      other.isNewest = false;
    }
    attempt.isNewest = true;
    attempt.mustWait = !state.lease.isReleased;
    if (mutant !== "names its chunk only when it releases the lease") state.lease.doubts[attempt.batch] = true;
    state.lease.isReleased = false;
    attempt.step = "open";
  }

  /** Reads the chunk and those that the lease names. */
  function open(state: State, attempt: Attempt): void {
    const { batch, mustWait } = attempt;
    const own = state.chunks[batch];
    if (!own) throw new Error("no such chunk");
    attempt.snapshot = [...own.snapshot];
    attempt.results = [...own.results];
    if (mutant === "takes a new snapshot after a crash" && mustWait) attempt.snapshot = tickets.map(() => null);
    if (mutant === "takes a new snapshot in the next turn" && !mustWait) attempt.snapshot = tickets.map(() => null);
    attempt.hasNewestSnapshot = true;
    attempt.hasNewestResults = true;
    state.lease.doubts.forEach((isNamed, other) => {
      const isOwn = other === batch;
      const isUnsealed = mutant === (isOwn ? "does not seal its own chunk" : "does not seal the named chunks");
      if (mustWait && isNamed && !isUnsealed) seal(state, other, attempt);
      const isOver = state.batches[other] === "ended" && mutant !== "holds tickets for a batch that has ended";
      const chunk = state.chunks[other];
      if (!chunk || !isNamed || other === batch || isOver) return;
      if (mutant === "works a ticket that another batch may have written to") return;
      tickets.forEach((_, ticket) => (attempt.held[ticket] ||= isDoubtful(chunk, ticket)));
    });
    attempt.mustWait = false;
    pick(attempt, 0);
  }

  function storeSnapshot(state: State, place: number, attempt: Attempt): void {
    if (!attempt.hasNewestSnapshot && mutant !== "replaces a newer snapshot") return end(state, place);
    const chunk = state.chunks[attempt.batch];
    if (chunk) chunk.snapshot = [...attempt.snapshot];
    for (const other of state.attempts)
      if (other && other !== attempt && other.batch === attempt.batch) other.hasNewestSnapshot = false;
    if (attempt.step === "store resolution") pick(attempt, attempt.ticket + 1);
    else settleByRead(attempt);
  }

  function storeResults(state: State, place: number, attempt: Attempt): void {
    if (!attempt.hasNewestResults && mutant !== "replaces newer results") return end(state, place);
    const chunk = state.chunks[attempt.batch];
    if (!chunk) return;
    state.hasLostOutcome ||= chunk.results.some((outcome, at) => outcome !== null && attempt.results[at] !== outcome);
    chunk.results = [...attempt.results];
    for (const other of state.attempts)
      if (other && other !== attempt && other.batch === attempt.batch) other.hasNewestResults = false;
    pick(attempt, attempt.ticket + 1);
  }

  function release(state: State, place: number, attempt: Attempt): void {
    if (attempt.isNewest) {
      state.lease.isReleased = true;
      const mayHaveSent = tickets.some((_, ticket) => isDoubtful(attempt, ticket));
      state.lease.doubts[attempt.batch] = mayHaveSent;
      const isCancelling = state.batches[attempt.batch] === "cancelling";
      if (attempt.isLast && isCancelling && state.current === place && !mayHaveSent)
        state.batches[attempt.batch] = "closing";
    }
    end(state, place);
  }

  /** Settles the ticket by its associations, if these decide about it. */
  function settleByRead(attempt: Attempt): void {
    const { batch, ticket, seen, snapshot, isLast } = attempt;
    const asked = askedBit(batch, ticket);
    if (seen & asked) settle(attempt, (snapshot[ticket] ?? seen) & asked ? "already_associated" : "created");
    else if (!isLast && countBits(seen) >= limit) settle(attempt, "limit_reached");
    else attempt.step = "decide";
    attempt.seen = 0;
  }

  /** What an attempt does with a ticket that has room for the association. */
  function decide(place: number, attempt: Attempt): Step<State>[] {
    const { batch, ticket, isVerified, isNewest, isLast } = attempt;
    const on = (apply: (state: State, attempt: Attempt) => void) => (state: State) => {
      const own = state.attempts[place];
      if (own) apply(state, own);
    };
    const leave: Step<State> = {
      name: `${nameOf(place, attempt)} leaves ticket ${ticket} for a later round: nothing is in flight`,
      apply: on((_, own) => {
        own.snapshot[ticket] = null;
        own.step = "store resolution";
      }),
    };
    if (isLast) return [leave];
    const mayBeStale = mutant === "sends without verifying the lease";
    if (!isVerified && !mayBeStale)
      return [
        leave,
        {
          name: `${nameOf(place, attempt)} verifies the lease`,
          apply: on((state, own) => (isNewest ? (own.isVerified = true) : end(state, place))),
        },
      ];
    const send: Step<State> = {
      name: `${nameOf(place, attempt)} sends a write to ticket ${ticket}`,
      apply: on((state, own) => {
        state.requests.push({ batch, ticket, sender: place });
        own.step = "await response";
      }),
    };
    return [leave, send];
  }

  function stepsOf(state: State, place: number, attempt: Attempt): Step<State>[] {
    const { batch, ticket, step } = attempt;
    const name = nameOf(place, attempt);
    const on = (does: string, apply: (state: State, own: Attempt) => void, isOptional = false): Step<State> => ({
      name: `${name} ${does}`,
      isOptional,
      apply: (next) => {
        const own = next.attempts[place];
        if (own) apply(next, own);
      },
    });
    const isBusy = (other: Attempt | null): boolean =>
      other !== null && other !== attempt && !other.isNewest && other.step !== "acquire" && mayStillSend(other);
    switch (step) {
      case "acquire":
        return [on("acquires the lease", acquire)];
      case "open": {
        // A doubt of a batch that has ended does not hold its ticket, but its request has to arrive first.
        const isArriving = state.requests.some(({ batch, sender }) => sender < 0 && state.batches[batch] === "ended");
        if (isArriving && mutant !== "does not wait for the writes of a batch that has ended") return [];
        const mustWait =
          attempt.mustWait && state.attempts.some(isBusy) && mutant !== "does not wait for a stalled predecessor";
        if (mustWait)
          return mutant === "releases the lease while it waits"
            ? [
                on("stops while it waits, and releases the lease", (next, own) => {
                  if (own.isNewest) next.lease.isReleased = true;
                  end(next, place);
                }),
              ]
            : [];
        // The batch's end is read while the lease is held.
        if (state.batches[batch] === "ended") return [on("finds that its batch has ended", (next) => end(next, place))];
        return [
          on("opens its chunk, then verifies the lease", (next, own) => {
            // A rewrite of its lease must not create it again: the next epoch, which would show that it is lost, may be gone.
            if (own.mustWait && own.isRemoved && mutant === "brings back a lease that others have removed")
              own.isNewest = true;
            if (own.isNewest || mutant === "opens its chunk without verifying the lease") open(next, own);
            else end(next, place);
          }),
          ...(attempt.mustWait && mutant === "releases the lease before it has sealed"
            ? [
                on("fails, and releases the lease", (next, own) => {
                  if (own.isNewest) next.lease.isReleased = true;
                  end(next, place);
                }),
              ]
            : []),
        ];
      }
      case "pick":
        return [
          on("ends its turn, and releases the lease", (next, own) => release(next, place, own)),
          attempt.snapshot[ticket] === null
            ? on(`lists ticket ${ticket}`, (next, own) => {
                own.seen = listTicket(next, ticket);
                own.snapshot[ticket] = own.seen;
                if (mutant === "sends before its snapshot is stored") settleByRead(own);
                else own.step = "store snapshot";
              })
            : on(`resolves ticket ${ticket}`, (_, own) => (own.step = "resolve")),
        ];
      case "resolve": {
        const isPresent = (listTicket(state, ticket) & askedBit(batch, ticket)) !== 0;
        const isInFlight = state.requests.some((request) => request.ticket === ticket);
        const unresolved = attempt.isLast
          ? on(`gives up on ticket ${ticket}, which it cannot read`, (_, own) => settle(own, "failed"))
          : on(`cannot read ticket ${ticket}`, (_, own) => pick(own, ticket + 1));
        const mayGiveUp = !isInFlight || mutant === "gives up while a write may still arrive";
        if (!isPresent && isInFlight) return attempt.isLast && !mayGiveUp ? [] : [unresolved];
        return [
          unresolved,
          on(`reads ticket ${ticket} until it is sure`, (next, own) => {
            own.seen = listTicket(next, ticket);
            settleByRead(own);
          }),
        ];
      }
      case "store snapshot":
      case "store resolution":
        return [on("stores its snapshot", (next, own) => storeSnapshot(next, place, own))];
      case "decide":
        return decide(place, attempt);
      case "await response":
        return [];
      case "store results":
        return [on("stores its results", (next, own) => storeResults(next, place, own))];
      case "release":
        return [on("ends, and releases the lease", (next, own) => release(next, place, own))];
      default:
        throw new Error("there is no such step");
    }
  }

  /** The server executes a request, at any time after it was sent. */
  function serverSteps(state: State): Step<State>[] {
    return state.requests.flatMap(({ batch, ticket, sender }, at) => {
      const whose = `${BATCHES[batch]}'s write to ticket ${ticket}`;
      const take = (next: State, isExecuted: boolean, hasResponse: boolean): void => {
        next.requests.splice(at, 1);
        const associations = next.associations[ticket];
        const related = tickets[ticket]?.asks[batch] ?? 0;
        if (isExecuted && associations) associations[related] ||= 1 + batch;
        const attempt = next.attempts[sender];
        if (attempt && hasResponse) settle(attempt, "created");
        else if (attempt) attempt.step = "resolve";
        if (sender >= 0 && !hasResponse) next.faults.loss--;
      };
      const arrives: Step<State> = {
        name: `the server executes ${whose}`,
        apply: (next) => take(next, true, true),
      };
      if (sender < 0)
        return [arrives, { name: `${whose} never arrives`, apply: (next: State) => take(next, false, false) }];
      if (state.faults.loss === 0) return [arrives];
      return [
        arrives,
        { name: `${whose} gets lost`, isOptional: true, apply: (next: State) => take(next, false, false) },
        {
          name: `the server executes ${whose}, and its response gets lost`,
          isOptional: true,
          apply: (next: State) => take(next, true, false),
        },
      ];
    });
  }

  return {
    initial: initialWriters(bounds),
    steps: (state) => [
      ...state.attempts.flatMap((attempt, place) => (attempt ? stepsOf(state, place, attempt) : [])),
      ...serverSteps(state),
      ...environmentSteps(state),
    ],
    invariants: {
      "an outcome is true": (state) =>
        state.chunks.every(({ results }, batch) =>
          results.every((outcome, ticket) => {
            const writer = state.associations[ticket]?.[tickets[ticket]?.asks[batch] ?? 0] ?? 0;
            if (outcome === "created") return writer === 1 + batch;
            if (outcome === "already_associated") return writer !== 0 && writer !== 1 + batch;
            return outcome !== "limit_reached" || writer !== 1 + batch;
          }),
        ),
      "a ticket has no association beyond the limit": (state) =>
        tickets.every((_, ticket) => countBits(listTicket(state, ticket)) <= limit),
      "at most one write to a ticket is in flight": (state) =>
        state.requests.every(
          ({ ticket }, at) => state.requests.findIndex((request) => request.ticket === ticket) === at,
        ),
      "a stored outcome stays": (state) => !state.hasLostOutcome,
    },
    isFinal: (state) => state.batches.every((phase) => phase === "ended" || phase === "terminated"),
  };
}

/** It is waiting for a response, or its last verification still allows it to send. */
const mayStillSend = (attempt: Attempt): boolean => attempt.isVerified || attempt.step === "await response";

function settle(attempt: Attempt, outcome: Outcome): void {
  attempt.results[attempt.ticket] = outcome;
  attempt.step = "store results";
}
