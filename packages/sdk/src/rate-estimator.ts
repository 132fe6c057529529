import { createTimeline } from "./timeline.ts";

/** The feedback of a response about the rate limit. */
export interface RateLimitFeedback {
  readonly httpStatus: number;
  /** The wait that the server asks all clients for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The limit that the rejection names. */
  readonly limit?: NamedLimit | undefined;
  /** From sending the request to its response, in milliseconds; default 0. */
  readonly elapsedMs?: number | undefined;
}

/** The server accepts `requests` requests within any window of `windowMs`. */
export interface NamedLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/** Half of the gateway's default limit, 200 requests per second. Source: "API Signing Guide", APIGW.0308. */
const FIRST_RATE = 100;
/** The time in which the rate grows e-fold before the limit is known. */
const RAMP_MS = 100;
/** The used share of a known limit. The rest absorbs requests that arrive closer together than they were sent. */
const HEADROOM = 0.98;
/**
 * The factor by which the assumed limit is lowered, once per window, if requests within it are rejected. It is close to 1
 * because some requests are rejected by chance.
 */
const STEP = 0.985;
/** The same factor if the rejection costs a pause. */
const COSTLY_STEP = 0.975;
/** This many rejections, if they are also half of the requests sent meanwhile, are caused by a limit and not by chance. */
const CLUSTER = 3;
/** Successful responses after which a higher rate than the known limit is tried. */
const PROBE_AFTER_RESPONSES = 100;
/** The earliest and the latest time of such a probe. */
const MIN_PROBE_DELAY_MS = 1_000;
const MAX_PROBE_DELAY_MS = 6_000;
/** A probe may cost a pause: it comes after this many times that pause, up to twice as many while the limit is the same. */
const PROBE_AFTER_PAUSES = 10;
const MAX_PROBE_FACTOR = 2;
/** Growth of the rate per second at the start of a probe; it keeps doubling. */
const PROBE_GROWTH = 0.06;
const PROBE_DOUBLING_MS = 350;
/** First pause after rejections that name no time, in windows of the limit; it doubles until a request is accepted. */
const FIRST_PAUSE_WINDOWS = 0.03;
const MAX_UNNAMED_PAUSE_MS = 30_000;
/** The longest pause, even if the server names a longer one. */
const MAX_NAMED_PAUSE_MS = 300_000;

/** How late a start may be without lowering the rate: timers fire late. Idle time does not raise the rate. */
export const CATCH_UP_MS = 20;

/** Estimates how many requests a server accepts, from the requests that it rejects. */
export interface RateEstimator {
  /** When the next request may start; in the past if it may start now. */
  earliestStart(): number;
  recordStart(at: number, hasWaited: boolean): void;
  /** When the `count`-th last request started, if that was within the last two windows. */
  startFromLast(count: number): number | undefined;
  recordResponse(at: number, feedback: RateLimitFeedback): void;
}

export function createRateEstimator(): RateEstimator {
  let windowMs = 1_000;
  /** Requests per window that are known to be accepted; undefined before the first rejection. */
  let limit: number | undefined;
  /** The target of requests per window. */
  let rate = FIRST_RATE;
  let nextSlotAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let pauses = 0;
  /** Start of the first rejected request after the last accepted one. */
  let firstRejectedStart: number | undefined;
  let lastRejectedStart = Number.NEGATIVE_INFINITY;
  let adjustedAt = Number.NEGATIVE_INFINITY;
  let steppedAt = Number.NEGATIVE_INFINITY;
  let probeAt = 0;
  let probeFactor = 1;
  let pauseCostMs = 0;
  let grownAt = 0;
  const starts = createTimeline();
  const rejected = createTimeline();

  const interval = () => windowMs / rate;
  const acceptedIn = (from: number, to: number) => starts.count(from, to) - rejected.count(from, to);

  /** Raises the rate. A rate that is not used does not grow. */
  function grow(at: number): void {
    if (limit === undefined) {
      // The ramp is steep: most requests of a window are sent in its last half.
      const used = 2 * starts.count(at - windowMs / 2, at);
      if (rate < FIRST_RATE + 4 * used) rate += windowMs / RAMP_MS;
    } else if (rate < 1.5 * starts.count(at - windowMs, at) + 1 && at > probeAt) {
      const seconds = Math.min(at - grownAt, 100) / 1_000;
      rate *= Math.exp(seconds * Math.min(PROBE_GROWTH * 2 ** ((at - probeAt) / PROBE_DOUBLING_MS), 1_000 / RAMP_MS));
    }
    grownAt = at;
  }

  /** Raises the limit: if there was no rejection for a whole window, the requests in it are within the limit. */
  function raiseLimit(at: number, startedAt: number): void {
    if (limit === undefined || at - adjustedAt < windowMs || lastRejectedStart > startedAt - windowMs) return;
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
    const responsesMs = Math.max(MIN_PROBE_DELAY_MS, Math.min(PROBE_AFTER_RESPONSES * interval(), MAX_PROBE_DELAY_MS));
    probeAt = Math.max(at, pausedUntil) + Math.max(responsesMs, PROBE_AFTER_PAUSES * pauseCostMs * probeFactor);
    nextSlotAt = Math.max(at, nextSlotAt);
  }

  function setWindow(newWindowMs: number): void {
    const factor = newWindowMs / windowMs;
    windowMs = newWindowMs;
    rate *= factor;
    if (limit !== undefined) limit *= factor;
  }

  function recordRejection(at: number, feedback: RateLimitFeedback, startedAt: number): void {
    const { limit: named, retryAfterMs } = feedback;
    rejected.add(startedAt);
    lastRejectedStart = Math.max(lastRejectedStart, startedAt);
    if (named !== undefined) setWindow(named.windowMs);
    const isSecondPause =
      retryAfterMs !== undefined && startedAt - pausedUntil < 3 * windowMs && startedAt >= pausedUntil;
    if (retryAfterMs !== undefined) {
      pauseCostMs = Math.min(retryAfterMs, MAX_NAMED_PAUSE_MS);
      pausedUntil = Math.max(pausedUntil, at + pauseCostMs);
    }
    // A request that started before the last adjustment says nothing about it.
    if (startedAt < adjustedAt) return;
    firstRejectedStart ??= startedAt;
    const accepted = acceptedIn(startedAt - windowMs, startedAt);
    const isNewLimit = named !== undefined && (limit === undefined || named.requests < limit * 0.95);
    if (named !== undefined && (isNewLimit || accepted >= named.requests * 0.8)) return settle(at, named.requests);
    const rejections = rejected.count(firstRejectedStart - 1, startedAt);
    const isCluster = rejections >= CLUSTER && rejections >= starts.count(firstRejectedStart - 1, startedAt) / 2;
    if (retryAfterMs === undefined && (isCluster || pauses > 0)) {
      const pauseMs = Math.min(FIRST_PAUSE_WINDOWS * windowMs * 2 ** pauses, MAX_UNNAMED_PAUSE_MS);
      pausedUntil = Math.max(pausedUntil, at + pauseMs);
      pauses += 1;
    }
    if (limit === undefined) {
      // A single request may be rejected by chance: a limit needs more evidence.
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
      rejected.dropBefore(at - 2 * windowMs);
    },
    startFromLast: starts.fromLast,
    recordResponse(at, feedback) {
      const { httpStatus, retryAfterMs, elapsedMs = 0 } = feedback;
      const startedAt = at - elapsedMs;
      if (httpStatus === 429) recordRejection(at, feedback, startedAt);
      else if (httpStatus === 503 && retryAfterMs !== undefined)
        pausedUntil = Math.max(pausedUntil, at + Math.min(retryAfterMs, MAX_NAMED_PAUSE_MS));
      else if (httpStatus < 400) {
        if (startedAt > lastRejectedStart) {
          firstRejectedStart = undefined;
          pauses = 0;
        }
        grow(at);
        raiseLimit(at, startedAt);
      }
    },
  };
}
