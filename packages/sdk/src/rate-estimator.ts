import { createTimeline } from "./timeline.ts";

/** What a pace is told of an answer. */
export interface PaceAnswer {
  readonly httpStatus: number;
  /** How long the server asks everybody to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The limit that the refusal names. */
  readonly limit?: NamedLimit | undefined;
  /** From sending the request to its answer, in milliseconds; default 0. */
  readonly elapsedMs?: number | undefined;
}

/** So many requests are accepted within any window of so many milliseconds. */
export interface NamedLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/** Source: "API Signing Guide", APIGW.0308: the gateway's default limit is 200 calls a second; this is half of it. */
const FIRST_RATE = 100;
/** Before the limit is known the rate grows e-fold in this time. */
const RAMP_MS = 100;
/** Share of a known limit that is used: what is left absorbs requests that arrive closer together than they were sent. */
const HEADROOM = 0.98;
/** By how much a limit that is not exceeded and yet refuses is taken to be lower, once in a window; by chance it also refuses. */
const STEP = 0.985;
const COSTLY_STEP = 0.975;
/** So many refusals, and half of what was sent meanwhile, mean a limit and not chance. */
const CLUSTER = 3;
/** Good answers after which a known limit is tried again. */
const PROBE_AFTER_ANSWERS = 100;
/** ... but no sooner and no later than this. */
const MIN_PROBE_DELAY_MS = 1_000;
const MAX_PROBE_DELAY_MS = 6_000;
/** A probe may cost a pause; it comes no sooner than after so many times that pause, ever more while the limit is the same. */
const PROBE_AFTER_PAUSES = 10;
const MAX_PROBE_FACTOR = 2;
/** First growth of a probe, a second; it doubles again and again. */
const PROBE_GROWTH = 0.06;
const PROBE_DOUBLING_MS = 350;
/** First pause after refusals that name no time, in windows of the limit; it doubles until something is accepted. */
const FIRST_PAUSE_WINDOWS = 0.03;
const MAX_UNNAMED_PAUSE_MS = 30_000;
/** A server that names a longer pause is asked again after this one. */
const MAX_NAMED_PAUSE_MS = 300_000;

/** How late a start may be without costing rate: timers wake up late. Idle time earns nothing. */
export const CATCH_UP_MS = 20;

/** Finds out how many requests a server takes, from what it refuses. */
export interface RateEstimator {
  /** When the next request may start; in the past when it may start now. */
  earliestStart(): number;
  recordStart(at: number, hasWaited: boolean): void;
  /** When the so-many-eth last request started, as far as the last two windows go. */
  startFromLast(count: number): number | undefined;
  recordResponse(at: number, answer: PaceAnswer): void;
}

export function createRateEstimator(): RateEstimator {
  let windowMs = 1_000;
  /** Requests in a window that are known to be accepted; undefined until the first refusal. */
  let limit: number | undefined;
  /** Requests in a window that are aimed at. */
  let rate = FIRST_RATE;
  let nextSlotAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let pauses = 0;
  /** Start of the first request that was refused since one that was accepted. */
  let firstRefusedStart: number | undefined;
  let lastRefusedStart = Number.NEGATIVE_INFINITY;
  let adjustedAt = Number.NEGATIVE_INFINITY;
  let steppedAt = Number.NEGATIVE_INFINITY;
  let probeAt = 0;
  let probeFactor = 1;
  let pauseCostMs = 0;
  let grownAt = 0;
  const starts = createTimeline();
  const refused = createTimeline();

  const interval = () => windowMs / rate;
  const acceptedIn = (from: number, to: number) => starts.count(from, to) - refused.count(from, to);

  /** A rate that is not used does not grow. */
  function grow(at: number): void {
    if (limit === undefined) {
      // A ramp is so steep that most of a window is sent in its last half.
      const used = 2 * starts.count(at - windowMs / 2, at);
      if (rate < FIRST_RATE + 4 * used) rate += windowMs / RAMP_MS;
    } else if (rate < 1.5 * starts.count(at - windowMs, at) + 1 && at > probeAt) {
      const seconds = Math.min(at - grownAt, 100) / 1_000;
      rate *= Math.exp(seconds * Math.min(PROBE_GROWTH * 2 ** ((at - probeAt) / PROBE_DOUBLING_MS), 1_000 / RAMP_MS));
    }
    grownAt = at;
  }

  /** Without a refusal for a whole window, what was sent in it is within the limit. */
  function raiseLimit(at: number, startedAt: number): void {
    if (limit === undefined || at - adjustedAt < windowMs || lastRefusedStart > startedAt - windowMs) return;
    const sent = starts.count(startedAt - windowMs, startedAt);
    if (sent <= limit) return;
    if (sent > limit * 1.05) probeFactor = 1;
    limit = sent;
  }

  function settle(at: number, newLimit: number): void {
    const isSame = limit !== undefined && Math.abs(newLimit - limit) < limit * 0.05;
    probeFactor = isSame ? Math.min(probeFactor * 2, MAX_PROBE_FACTOR) : 1;
    limit = Math.max(1, newLimit);
    rate = limit * HEADROOM;
    adjustedAt = at;
    const answersMs = Math.max(MIN_PROBE_DELAY_MS, Math.min(PROBE_AFTER_ANSWERS * interval(), MAX_PROBE_DELAY_MS));
    probeAt = Math.max(at, pausedUntil) + Math.max(answersMs, PROBE_AFTER_PAUSES * pauseCostMs * probeFactor);
    nextSlotAt = Math.max(at, nextSlotAt);
  }

  function setWindow(newWindowMs: number): void {
    const factor = newWindowMs / windowMs;
    windowMs = newWindowMs;
    rate *= factor;
    if (limit !== undefined) limit *= factor;
  }

  function noteRefusal(at: number, answer: PaceAnswer, startedAt: number): void {
    const { limit: named, retryAfterMs } = answer;
    refused.add(startedAt);
    lastRefusedStart = Math.max(lastRefusedStart, startedAt);
    if (named !== undefined) setWindow(named.windowMs);
    const isSecondPause =
      retryAfterMs !== undefined && startedAt - pausedUntil < 3 * windowMs && startedAt >= pausedUntil;
    if (retryAfterMs !== undefined) {
      pauseCostMs = Math.min(retryAfterMs, MAX_NAMED_PAUSE_MS);
      pausedUntil = Math.max(pausedUntil, at + pauseCostMs);
    }
    // Whatever started before the last adjustment knew nothing of it.
    if (startedAt < adjustedAt) return;
    firstRefusedStart ??= startedAt;
    const accepted = acceptedIn(startedAt - windowMs, startedAt);
    const isNews = named !== undefined && (limit === undefined || named.requests < limit * 0.95);
    if (named !== undefined && (isNews || accepted >= named.requests * 0.8)) return settle(at, named.requests);
    const refusals = refused.count(firstRefusedStart - 1, startedAt);
    const isCluster = refusals >= CLUSTER && refusals >= starts.count(firstRefusedStart - 1, startedAt) / 2;
    if (retryAfterMs === undefined && (isCluster || pauses > 0)) {
      const pauseMs = Math.min(FIRST_PAUSE_WINDOWS * windowMs * 2 ** pauses, MAX_UNNAMED_PAUSE_MS);
      pausedUntil = Math.max(pausedUntil, at + pauseMs);
      pauses += 1;
    }
    if (limit === undefined) {
      // Chance, too, refuses now and then: it takes more to believe in a limit.
      if (isCluster || pauses > 0 || (retryAfterMs !== undefined && (isSecondPause || accepted > rate / 4)))
        settle(at, accepted);
    } else if ((retryAfterMs !== undefined || isCluster || pauses > 0) && accepted < limit * 0.9)
      settle(at, Math.max(accepted, limit / 2));
    else if (pauses > 2) settle(at, limit * 0.7);
    else if (rate <= limit && named === undefined && (retryAfterMs !== undefined || at - steppedAt > windowMs)) {
      steppedAt = at;
      settle(at, limit * (retryAfterMs === undefined ? STEP : COSTLY_STEP));
    } else settle(at, limit);
  }

  return {
    earliestStart() {
      const oldest = limit === undefined ? undefined : starts.fromLast(Math.ceil(Math.max(limit, rate)));
      return Math.max(pausedUntil, nextSlotAt, oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + windowMs);
    },
    recordStart(at, hasWaited) {
      nextSlotAt = (hasWaited ? Math.max(nextSlotAt, at - CATCH_UP_MS) : at) + interval();
      starts.add(at);
      starts.dropBefore(at - 2 * windowMs);
      refused.dropBefore(at - 2 * windowMs);
    },
    startFromLast: starts.fromLast,
    recordResponse(at, answer) {
      const { httpStatus, retryAfterMs, elapsedMs = 0 } = answer;
      const startedAt = at - elapsedMs;
      if (httpStatus === 429) noteRefusal(at, answer, startedAt);
      else if (httpStatus === 503 && retryAfterMs !== undefined)
        pausedUntil = Math.max(pausedUntil, at + Math.min(retryAfterMs, MAX_NAMED_PAUSE_MS));
      else if (httpStatus < 400) {
        if (startedAt > lastRefusedStart) {
          firstRefusedStart = undefined;
          pauses = 0;
        }
        grow(at);
        raiseLimit(at, startedAt);
      }
    },
  };
}
