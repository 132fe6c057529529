import { createRateCounts } from "../../src/rate-counts.ts";
import type { ApiOperation } from "../../src/rate-feedback.ts";

export interface Traffic {
  /** Requests that the server accepts in any window, from each of these times (in seconds) on. */
  readonly limits: readonly (readonly [fromSecond: number, requests: number])[];
  /** Default 1,000. */
  readonly windowMs?: number;
  /** The operations that each caller calls in turn; default one. */
  readonly operations?: readonly ApiOperation[];
  /** Whether each operation has the limit for itself (default), or all together. */
  readonly counted?: "each" | "together";
  /** Processes that know nothing of each other; default 1. */
  readonly processes?: number;
  readonly seconds: number;
  readonly hint: "none" | "message" | "retry-after";
  /** The scope in the message; default none. */
  readonly scope?: "api" | "user";
  /** Maximum number of requests in flight in each process. */
  readonly inFlight?: number;
  /** Time to the response to an accepted request, in milliseconds. */
  readonly latencyMs?: number;
  /** Network time of a request and its response, in milliseconds. */
  readonly roundTripMs?: number;
  /** Interval (in milliseconds) at which the network is blocked for up to 50 ms. */
  readonly hiccupEveryMs?: number;
  /** Interval (in milliseconds) at which each process stands still for up to `stallMs`, as on a busy machine. */
  readonly stallEveryMs?: number;
  readonly stallMs?: number;
  /** The first requests, sent in this time (in milliseconds), arrive later by up to as much: connections are opened. */
  readonly coldMs?: number;
  /** The run's random numbers; default 1. */
  readonly seed?: number;
  /** Share of requests that are rejected at any rate. */
  readonly refusedByChance?: number;
}

export interface TrafficFigures {
  /** Accepted requests as a share of the server's capacity. */
  readonly used: number;
  /** Rejected requests as a share of those sent. */
  readonly refused: number;
  readonly sentPerSecond: number;
  /** Requests that started while a Retry-After ran. */
  readonly tooEarly: number;
}

/** Sends requests to a server within its estimated limits, in simulated time: a minute of traffic takes milliseconds. */
export function simulateTraffic(traffic: Traffic): TrafficFigures {
  const {
    limits,
    windowMs = 1_000,
    operations = ["list"],
    counted = "each",
    processes = 1,
    seconds,
    hint,
    scope,
  } = traffic;
  const { inFlight = 64, latencyMs = 20, roundTripMs = 2, hiccupEveryMs, refusedByChance = 0 } = traffic;
  const { stallEveryMs, stallMs = 300, coldMs = 0, seed = 1 } = traffic;
  const random = createRandom(seed);
  const agenda = createAgenda();
  const accepted = new Map<ApiOperation | "all", number[]>();
  let [sent, refused, tooEarly, blockedUntil, closedUntil] = [0, 0, 0, 0, 0];

  const limitAt = (now: number) => limits.findLast(([from]) => now >= from * 1_000)?.[1] ?? 0;

  function accepts(now: number, operation: ApiOperation): boolean {
    if (random() < refusedByChance) return false;
    const counter = counted === "each" ? operation : "all";
    const times = accepted.get(counter) ?? [];
    accepted.set(counter, times);
    const windowStart = times[times.length - limitAt(now)];
    if (windowStart !== undefined && Math.floor(now) - windowStart < windowMs) return false;
    times.push(Math.floor(now));
    return true;
  }

  function startProcess(): void {
    const counts = createRateCounts();
    /** Callers that wait, by the index of the operation that they call next. */
    const waiting = operations.map((_, index) => (index === 0 ? inFlight : 0));
    let isAwake = false;
    let hasWaited = false;
    let stalledUntil = 0;
    if (stallEveryMs !== undefined)
      for (let at = random() * stallEveryMs; at < seconds * 1_000; at += stallEveryMs)
        agenda.add(at + random() * stallEveryMs, (now) => (stalledUntil = now + random() * stallMs));

    /** Acts at this time; if the process stands still then, as soon as it runs again. */
    function doAt(time: number, act: (now: number) => void): void {
      agenda.add(time, (now) => (now < stalledUntil ? doAt(stalledUntil, act) : act(now)));
    }

    function send(startedAt: number, index: number): void {
      const operation = operations[index] ?? "list";
      sent += 1;
      if (startedAt < closedUntil) tooEarly += 1;
      const wayMs = (roundTripMs / 2) * (0.5 + random());
      const openMs = startedAt < coldMs ? coldMs * random() : 0;
      agenda.add(Math.max(startedAt + openMs + wayMs, blockedUntil), (arrivedAt) => {
        const isAccepted = accepts(arrivedAt, operation);
        if (!isAccepted) refused += 1;
        doAt(arrivedAt + wayMs + (isAccepted ? latencyMs * (0.9 + 0.2 * random()) : 0), (now) => {
          if (!isAccepted && hint === "retry-after") closedUntil = now + 1_000;
          counts.recordResponse(now, {
            httpStatus: isAccepted ? 200 : 429,
            operation,
            elapsedMs: now - startedAt,
            ...(!isAccepted && hint === "retry-after" ? { retryAfterMs: 1_000 } : {}),
            ...(!isAccepted && hint === "message" ? { limit: { requests: limitAt(now), windowMs, scope } } : {}),
          });
          const next = isAccepted ? (index + 1) % operations.length : index;
          waiting[next] = (waiting[next] ?? 0) + 1;
          admit(now);
        });
      });
    }

    /** Starts what may start now. Returns when the next request may start. */
    function startDue(now: number): number {
      let earliest = Number.POSITIVE_INFINITY;
      for (const [index, operation] of operations.entries())
        for (; (waiting[index] ?? 0) > 0; waiting[index] = (waiting[index] ?? 0) - 1) {
          const at = counts.earliestStart(operation);
          if (at > now) {
            earliest = Math.min(earliest, at);
            break;
          }
          counts.recordStart(operation, now, hasWaited);
          hasWaited = true;
          send(now, index);
        }
      return earliest;
    }

    function admit(now: number): void {
      const earliest = startDue(now);
      hasWaited = earliest < Number.POSITIVE_INFINITY;
      if (!hasWaited || isAwake) return;
      isAwake = true;
      // Timers fire late, sometimes very late.
      doAt(now + Math.ceil(earliest - now) + random() * (random() < 0.1 ? 4 : 1.2), (later) => {
        isAwake = false;
        admit(later);
      });
    }

    agenda.add(0, admit);
  }

  if (hiccupEveryMs !== undefined)
    for (let at = 500; at < seconds * 1_000; at += hiccupEveryMs)
      agenda.add(at + random() * 300, (now) => (blockedUntil = now + 10 + random() * 40));
  for (let started = 0; started < processes; started++) startProcess();
  agenda.runUntil(seconds * 1_000);

  let capacity = 0;
  for (let second = 0; second < seconds; second++) capacity += (limitAt(second * 1_000) * 1_000) / windowMs;
  if (counted === "each") capacity *= operations.length;
  const acceptedCount = [...accepted.values()].reduce((sum, times) => sum + times.length, 0);
  return { used: acceptedCount / capacity, refused: refused / sent, sentPerSecond: sent / seconds, tooEarly };
}

/** A queue of events, ordered by time: a heap. */
function createAgenda() {
  const entries: { at: number; order: number; happen(now: number): void }[] = [];
  let order = 0;
  const isBefore = (left: number, right: number) => {
    const [one, other] = [entries[left], entries[right]];
    if (one === undefined || other === undefined) return false;
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  };
  const swap = (left: number, right: number) => {
    const [one, other] = [entries[left], entries[right]];
    if (one !== undefined && other !== undefined) [entries[left], entries[right]] = [other, one];
  };
  return {
    add(at: number, happen: (now: number) => void) {
      let index = entries.push({ at, order: order++, happen }) - 1;
      for (let parent = (index - 1) >> 1; index > 0 && isBefore(index, parent); parent = (index - 1) >> 1) {
        swap(index, parent);
        index = parent;
      }
    },
    runUntil(endAt: number) {
      for (let next = entries[0]; next !== undefined && next.at <= endAt; next = entries[0]) {
        swap(0, entries.length - 1);
        entries.pop();
        for (let index = 0, least = 0; ; index = least) {
          for (const child of [2 * index + 1, 2 * index + 2]) if (isBefore(child, least)) least = child;
          if (least === index) break;
          swap(index, least);
        }
        next.happen(next.at);
      }
    },
  };
}

/** The same numbers from 0 to 1 in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
