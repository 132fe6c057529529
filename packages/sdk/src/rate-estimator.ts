import { isThrottled, type RateLimitFeedback } from "./rate-feedback.ts";
import { createRatePauses } from "./rate-pauses.ts";
import { createTimeline } from "./timeline.ts";

/**
 * Requests per second before the first response. Connections are opened and code is compiled meanwhile: the first responses
 * take long, and all requests in flight when a small limit is met are rejected.
 */
const FIRST_RATE = 15;
/**
 * The time in which the rate grows e-fold before the limit is known. A steeper ramp has more requests in flight when it
 * meets the limit, and all of them are rejected.
 */
const RAMP_MS = 400;
/** The same time up to half of the gateway's default limit, 200 per second. Source: "API Signing Guide", APIGW.0308. */
const FIRST_RAMP_MS = 200;
const FIRST_RAMP_RATE = 100;
/** The used share of a known limit. The rest absorbs requests that arrive closer together than they were sent. */
const HEADROOM = 0.98;
/** If fewer requests than this share of a named limit were accepted, others use the rest. */
const NAMED_SHARE = 0.8;
/**
 * The factor by which the assumed limit is lowered, once per window, if requests within it are rejected. It is close to 1
 * because some requests are rejected by chance.
 */
const STEP = 0.985;
/** The same factor if the rejection costs a pause. */
const COSTLY_STEP = 0.975;
/** This many rejections, if they are also half of the requests sent meanwhile, are caused by a limit and not by chance. */
const CLUSTER = 3;
/**
 * As many are, too, if they are this share of the requests in the last two windows, with accepted requests between them; of
 * a small limit, in as many windows as have enough requests for such a share.
 */
const FREQUENT = 0.1;
/** Successful responses after which a higher rate than the known limit is tried. */
const PROBE_AFTER_RESPONSES = 200;
/** The earliest and the latest time of such a probe, in windows of the limit. */
const MIN_PROBE_DELAY_WINDOWS = 1;
const MAX_PROBE_DELAY_WINDOWS = 25;
/** Others use a part of a named limit: a probe of each takes from all, so that each comes later by this factor. */
const SHARED_PROBE_DELAY = 2;
/** A probe may cost a pause: it comes after this many times that pause, up to twice as many while the limit is the same. */
const PROBE_AFTER_PAUSES = 10;
const MAX_PROBE_FACTOR = 2;
/** Growth of the rate per window at the start of a probe; it keeps doubling, each time after this part of a window. */
const PROBE_GROWTH = 0.06;
const PROBE_DOUBLING_WINDOWS = 0.35;
const MAX_GROWTH = 10;
/** The windows that gateways count in. A limit that is not named is assumed to be one for each second, at first. */
const WINDOWS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600].map((seconds) => seconds * 1_000);
const SHORTEST_WINDOW_MS = 1_000;
/** A slow request may have been on the way, or worked on: it counts as late by at most this part of a window. */
const MAX_LATE_WINDOWS = 0.1;
/** The slowest request counts for this time, or two windows. */
const SLOWEST_FOR_MS = 30_000;
/** This many requests are remembered however long ago they started: a longer window may turn out to count them. */
const REMEMBERED = 256;

/** However long the window of the limit is, the server is asked again after this time: windows may start at midnight. */
const ASK_AGAIN_MS = 3_600_000;

/** How late a start may be without lowering the rate: timers fire late. Idle time does not raise the rate. */
export const CATCH_UP_MS = 20;

/** Estimates how many requests a server accepts, from the requests that it rejects. */
export interface RateEstimator {
  /** When the next request may start; in the past if it may start now. */
  earliestStart(): number;
  recordStart(at: number, hasWaited: boolean): void;
  recordResponse(at: number, feedback: RateLimitFeedback): void;
  /** The requests per second that are aimed at. */
  readonly ratePerSecond: number;
  /** Requests per window that are known to be accepted; undefined before the first rejection. */
  readonly limit: number | undefined;
  readonly windowMs: number;
  /** How long after its start a request may have arrived: the server counts it for that much longer. */
  readonly lateMs: number;
  /** The number of requests that started after `from`, up to `to`, and were not rejected. */
  accepted(from: number, to: number): number;
  /** The number of those that were rejected. */
  rejected(from: number, to: number): number;
  /**
   * Takes over the limit that another estimator knows, unless this one knows its own.
   * @param limit default: the requests that this one had accepted
   */
  adopt(other: Pick<RateEstimator, "limit" | "windowMs">, at: number, limit?: number): void;
  /** Assumes that the server counts in windows at least as long as this. */
  lengthenWindow(windowMs: number): void;
}

export function createRateEstimator(): RateEstimator {
  let windowMs = SHORTEST_WINDOW_MS;
  let limit: number | undefined;
  /** The target of requests per window. */
  let rate = FIRST_RATE;
  let nextSlotAt = Number.NEGATIVE_INFINITY;
  /** Start of the first rejected request after the last accepted one. */
  let firstRejectedStart: number | undefined;
  let lastRejectedStart = Number.NEGATIVE_INFINITY;
  let lastRejectedAt = Number.NEGATIVE_INFINITY;
  let lastAcceptedStart = Number.NEGATIVE_INFINITY;
  let adjustedAt = Number.NEGATIVE_INFINITY;
  let steppedAt = Number.NEGATIVE_INFINITY;
  let probeAt = 0;
  let probeFactor = 1;
  let pauseCostMs = 0;
  let grownAt = 0;
  let namedLimit: number | undefined;
  /** The times to the response of the fastest request and of the slowest one lately. */
  let fastestMs = Number.POSITIVE_INFINITY;
  let slowest = { ms: 0, at: Number.NEGATIVE_INFINITY };
  const pauses = createRatePauses();
  const starts = createTimeline();
  const rejected = createTimeline();

  const interval = () => windowMs / rate;
  const acceptedIn = (from: number, to: number) => starts.count(from, to) - rejected.count(from, to);

  const lateMs = () => Math.max(0, Math.min(slowest.ms - fastestMs, windowMs * MAX_LATE_WINDOWS));

  function recordTime(at: number, elapsedMs: number): void {
    fastestMs = Math.min(fastestMs, elapsedMs);
    const isOld = at - slowest.at > Math.max(2 * windowMs, SLOWEST_FOR_MS);
    if (isOld || elapsedMs >= slowest.ms) slowest = { ms: elapsedMs, at };
  }

  /** Raises the rate. A rate that is not used does not grow. */
  function grow(at: number): void {
    if (limit === undefined) {
      // The ramp is steep: most requests of a window are sent in its last half.
      const used = 2 * starts.count(at - windowMs / 2, at);
      if (rate < FIRST_RATE + 4 * used) rate += windowMs / (rate < FIRST_RAMP_RATE ? FIRST_RAMP_MS : RAMP_MS);
    } else if (rate < 1.5 * starts.count(at - windowMs, at) + 1 && at > probeAt) {
      const windows = Math.min((at - grownAt) / windowMs, 0.1);
      const growth = PROBE_GROWTH * 2 ** ((at - probeAt) / windowMs / PROBE_DOUBLING_WINDOWS);
      rate *= Math.exp(windows * Math.min(growth, MAX_GROWTH));
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
    const isPart = namedLimit !== undefined && limit < namedLimit * NAMED_SHARE;
    const responses = (PROBE_AFTER_RESPONSES / rate) * (isPart ? SHARED_PROBE_DELAY : 1);
    const windows = Math.max(MIN_PROBE_DELAY_WINDOWS, Math.min(responses, MAX_PROBE_DELAY_WINDOWS));
    probeAt =
      Math.max(at, pauses.namedUntil) + Math.max(windows * windowMs, PROBE_AFTER_PAUSES * pauseCostMs * probeFactor);
    nextSlotAt = Math.max(at, nextSlotAt);
  }

  function setWindow(newWindowMs: number): void {
    const factor = newWindowMs / windowMs;
    windowMs = newWindowMs;
    rate *= factor;
    if (limit !== undefined) limit *= factor;
  }

  /** When a window has room again. After a burst that is its end: a rejection then proves that the window is longer. */
  function roomAt(startedAt: number): number {
    const oldest = starts.firstAfter(startedAt - windowMs) ?? startedAt;
    const isBurst = lastAcceptedStart >= oldest && lastAcceptedStart - oldest < windowMs / 4;
    return (isBurst ? lastAcceptedStart : oldest) + windowMs + lateMs();
  }

  /** A request that is rejected although none was accepted for a whole window proves that the window is longer. */
  function learnWindow(startedAt: number): void {
    const idleMs = startedAt - lastAcceptedStart;
    const longerMs = WINDOWS_MS.find((candidate) => candidate > Math.max(idleMs, windowMs));
    if (idleMs < windowMs || longerMs === undefined) return;
    setWindow(longerMs);
    limit = Math.max(1, acceptedIn(startedAt - longerMs, startedAt));
  }

  function recordRejection(at: number, feedback: RateLimitFeedback, startedAt: number): void {
    const { limit: named, retryAfterMs } = feedback;
    rejected.add(startedAt);
    pauses.recordRejection();
    lastRejectedStart = Math.max(lastRejectedStart, startedAt);
    lastRejectedAt = at;
    namedLimit = named?.requests ?? namedLimit;
    if (named !== undefined) setWindow(named.windowMs);
    else if (retryAfterMs === undefined && pauses.count > 0) learnWindow(startedAt);
    const pauseEnd = pauses.namedUntil;
    const isSecondPause = retryAfterMs !== undefined && startedAt - pauseEnd < 3 * windowMs && startedAt >= pauseEnd;
    if (retryAfterMs !== undefined) pauseCostMs = pauses.pauseFor(at, retryAfterMs);
    // A request that started before the last adjustment says nothing about it. One that started in a pause was permitted by
    // another estimator: it says nothing about this limit, and does not lengthen the pause.
    if (startedAt < adjustedAt || (limit !== undefined && startedAt < pauseEnd)) return;
    firstRejectedStart ??= startedAt;
    const accepted = acceptedIn(startedAt - windowMs - lateMs(), startedAt);
    if (named !== undefined && (limit === undefined || accepted >= named.requests * NAMED_SHARE))
      return settle(at, named.requests);
    const isCluster = isMany(firstRejectedStart - 1, startedAt, 0.5);
    if (retryAfterMs === undefined && (isCluster || pauses.count > 0))
      pauses.pauseAfterRejection(at, windowMs > SHORTEST_WINDOW_MS ? roomAt(startedAt) : undefined);
    const isCertain = isCluster || pauses.count > 0;
    if (limit === undefined) {
      // A single request may be rejected by chance: a limit needs more evidence.
      const enough = starts.fromLast(CLUSTER / FREQUENT) ?? startedAt;
      const isSecond = retryAfterMs !== undefined && (isSecondPause || accepted > rate / 4);
      if (isCertain || isSecond || isMany(Math.min(startedAt - 2 * windowMs, enough), startedAt, FREQUENT))
        settle(at, accepted);
    } else settle(at, lowered(limit, accepted, isCertain, feedback, at));
  }

  /** The limit after a rejection. */
  function lowered(
    known: number,
    accepted: number,
    isCertain: boolean,
    { retryAfterMs }: RateLimitFeedback,
    at: number,
  ): number {
    const isCostly = retryAfterMs !== undefined;
    if ((isCostly || isCertain) && accepted < known * 0.9) return Math.max(accepted, known / 2);
    // In a long window it makes no difference how close together the requests arrive.
    if (windowMs > SHORTEST_WINDOW_MS) return Math.min(known, accepted);
    if (pauses.count > 2) return known * 0.7;
    if (rate > known || (!isCostly && at - steppedAt <= windowMs)) return known;
    steppedAt = at;
    return known * (isCostly ? COSTLY_STEP : STEP);
  }

  /** Too many rejections for chance. */
  function isMany(from: number, to: number, share: number): boolean {
    const rejections = rejected.count(from, to);
    return rejections >= CLUSTER && rejections >= starts.count(from, to) * share;
  }

  return {
    earliestStart() {
      const oldest = limit === undefined ? undefined : starts.fromLast(Math.ceil(Math.max(limit, rate)));
      const roomFrom = oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + windowMs;
      return Math.max(pauses.until, nextSlotAt, Math.min(roomFrom, lastRejectedAt + ASK_AGAIN_MS));
    },
    recordStart(at, hasWaited) {
      pauses.recordStart(at);
      nextSlotAt = (hasWaited ? Math.max(nextSlotAt, at - CATCH_UP_MS) : at) + interval();
      starts.add(at);
      starts.dropBefore(at - 2 * windowMs, REMEMBERED);
      rejected.dropBefore(at - 2 * windowMs, REMEMBERED);
    },
    recordResponse(at, feedback) {
      const { httpStatus, retryAfterMs, elapsedMs = 0 } = feedback;
      const startedAt = at - elapsedMs;
      recordTime(at, elapsedMs);
      if (isThrottled(feedback)) recordRejection(at, feedback, startedAt);
      else if (httpStatus === 503 && retryAfterMs !== undefined) pauses.pauseFor(at, retryAfterMs);
      else if (httpStatus < 400) {
        lastAcceptedStart = Math.max(lastAcceptedStart, startedAt);
        if (startedAt > lastRejectedStart) {
          firstRejectedStart = undefined;
          pauses.recordAcceptance();
        }
        grow(at);
        raiseLimit(at, startedAt);
      }
    },
    get ratePerSecond() {
      return (rate * 1_000) / windowMs;
    },
    get limit() {
      return limit;
    },
    get windowMs() {
      return windowMs;
    },
    get lateMs() {
      return lateMs();
    },
    accepted: acceptedIn,
    rejected: rejected.count,
    adopt(other, at, ours) {
      if (limit !== undefined || other.limit === undefined) return;
      setWindow(other.windowMs);
      settle(at, ours ?? (acceptedIn(at - windowMs, at) || other.limit));
    },
    lengthenWindow(longerMs) {
      if (longerMs > windowMs) setWindow(longerMs);
    },
  };
}
