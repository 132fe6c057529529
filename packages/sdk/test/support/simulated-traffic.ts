import { createRateEstimator } from "../../src/rate-estimator.ts";

export interface Traffic {
  /** Requests that the server accepts in any second, from each of these times (in seconds) on. */
  readonly limits: readonly (readonly [fromSecond: number, perSecond: number])[];
  readonly seconds: number;
  readonly hint: "none" | "message" | "retry-after";
  /** Maximum number of requests in flight. */
  readonly inFlight?: number;
  /** Time to the response to an accepted request, in milliseconds. */
  readonly latencyMs?: number;
  /** Network time of a request and its response, in milliseconds. */
  readonly roundTripMs?: number;
  /** Interval (in milliseconds) at which the network is blocked for up to 50 ms. */
  readonly hiccupEveryMs?: number;
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

/** Runs a rate estimator against a server in simulated time: a minute of traffic takes milliseconds. */
export function simulateTraffic(traffic: Traffic): TrafficFigures {
  const {
    limits,
    seconds,
    hint,
    inFlight = 64,
    latencyMs = 20,
    roundTripMs = 2,
    hiccupEveryMs,
    refusedByChance = 0,
  } = traffic;
  const random = createRandom();
  const agenda = createAgenda();
  const control = createRateEstimator();
  const accepted: number[] = [];
  let [sent, refused, tooEarly, free, blockedUntil, closedUntil] = [0, 0, 0, inFlight, 0, 0];
  let isAwake = false;
  let hasWaited = false;

  const limitAt = (now: number) => limits.findLast(([from]) => now >= from * 1_000)?.[1] ?? 0;

  function accepts(now: number): boolean {
    if (random() < refusedByChance) return false;
    const windowStart = accepted[accepted.length - limitAt(now)];
    if (windowStart !== undefined && Math.floor(now) - windowStart < 1_000) return false;
    accepted.push(Math.floor(now));
    return true;
  }

  function send(startedAt: number): void {
    sent += 1;
    if (startedAt < closedUntil) tooEarly += 1;
    const wayMs = (roundTripMs / 2) * (0.5 + random());
    agenda.add(Math.max(startedAt + wayMs, blockedUntil), (arrivedAt) => {
      const isAccepted = accepts(arrivedAt);
      if (!isAccepted) refused += 1;
      agenda.add(arrivedAt + wayMs + (isAccepted ? latencyMs * (0.9 + 0.2 * random()) : 0), (now) => {
        if (!isAccepted && hint === "retry-after") closedUntil = now + 1_000;
        control.recordResponse(now, {
          httpStatus: isAccepted ? 200 : 429,
          elapsedMs: now - startedAt,
          ...(!isAccepted && hint === "retry-after" ? { retryAfterMs: 1_000 } : {}),
          ...(!isAccepted && hint === "message" ? { limit: { requests: limitAt(now), windowMs: 1_000 } } : {}),
        });
        free += 1;
        admit(now);
      });
    });
  }

  function admit(now: number): void {
    while (free > 0) {
      const earliest = control.earliestStart();
      if (earliest > now) {
        hasWaited = true;
        if (isAwake) return;
        isAwake = true;
        // Timers fire late, sometimes very late.
        agenda.add(now + Math.ceil(earliest - now) + random() * (random() < 0.1 ? 4 : 1.2), (later) => {
          isAwake = false;
          admit(later);
        });
        return;
      }
      control.recordStart(now, hasWaited);
      hasWaited = true;
      free -= 1;
      send(now);
    }
    hasWaited = false;
  }

  if (hiccupEveryMs !== undefined)
    for (let at = 500; at < seconds * 1_000; at += hiccupEveryMs)
      agenda.add(at + random() * 300, (now) => (blockedUntil = now + 10 + random() * 40));
  agenda.add(0, admit);
  agenda.runUntil(seconds * 1_000);

  let capacity = 0;
  for (let second = 0; second < seconds; second++) capacity += limitAt(second * 1_000);
  return { used: accepted.length / capacity, refused: refused / sent, sentPerSecond: sent / seconds, tooEarly };
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
function createRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
