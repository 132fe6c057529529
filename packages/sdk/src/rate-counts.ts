import { createRateEstimator, type RateEstimator } from "./rate-estimator.ts";
import {
  isThrottled,
  type ApiOperation,
  type NamedLimit,
  type RateLimitFeedback,
  type RateReading,
} from "./rate-feedback.ts";

/** The requests that a server counts against its limits. */
export interface RateCounts {
  /** When the next request may start; in the past if it may start now. */
  earliestStart(operation: ApiOperation | undefined): number;
  recordStart(operation: ApiOperation | undefined, at: number, hasWaited: boolean): void;
  recordResponse(at: number, feedback: RateLimitFeedback): void;
  /** The rate of each operation that was used. */
  readings(at: number): RateReading[];
}

/** With this share of a named limit accepted, it is clear which requests are counted. */
const USED = 0.8;
/** With more than this share of it accepted in one window, they are not all counted together. */
const EXCEEDED = 1.15;
/** An operation that got less than this share of its limit, while all together got theirs, lost it to another operation. */
const DISPLACED = 0.85;
/** This many rejections of one operation alone, while as many requests of others are accepted. */
const ALONE = 4;

/** The limits that were known before a rejection: the operation's own, and that of all together. */
interface LimitsBefore {
  readonly own: number | undefined;
  readonly sum: number | undefined;
}

/**
 * Keeps the requests of each operation within a limit of its own, as gateways count them, until rejections show that
 * operations are counted together. Requests without an operation count as one, too.
 */
export function createRateCounts(): RateCounts {
  const byOperation = new Map<ApiOperation | undefined, RateEstimator>();
  const together = createRateEstimator();
  let isShared = false;
  let named: NamedLimit | undefined;
  /** When the first limit was met. */
  let firstLimitAt = Number.POSITIVE_INFINITY;

  function of(operation: ApiOperation | undefined): RateEstimator {
    let estimator = byOperation.get(operation);
    if (estimator === undefined) byOperation.set(operation, (estimator = createRateEstimator()));
    return estimator;
  }

  function separate(at: number): void {
    isShared = false;
    const isOurs = named !== undefined && together.limit !== undefined && together.limit >= named.requests * USED;
    for (const estimator of byOperation.values()) estimator.adopt(together, at, isOurs ? named?.requests : undefined);
  }

  /**
   * Compares the accepted requests with the named limit. False: others use a part of it, so that nothing is proven. A few
   * requests that arrived late prove nothing either: they are counted for and against. Requests that started after the
   * rejected one may have arrived before it.
   */
  function compareWithName(own: RateEstimator, startedAt: number, { requests, windowMs, scope }: NamedLimit): boolean {
    if (scope === "api") {
      if (isShared) separate(startedAt);
      return true;
    }
    const [from, late] = [startedAt - windowMs, Math.max(own.lateMs, together.lateMs)];
    const most = together.accepted(from - late, startedAt);
    if (most < requests * USED) return false;
    if (isShared && together.accepted(from + late, startedAt) > requests * EXCEEDED + 1) separate(startedAt);
    else if (!isShared && most <= requests * EXCEEDED)
      isShared = own.accepted(from - late, startedAt + late) < requests * USED;
    return true;
  }

  function compareOperations(own: RateEstimator, startedAt: number, before: LimitsBefore): void {
    const from = startedAt - (isShared ? together : own).windowMs;
    const accepted = own.accepted(from, startedAt);
    const sum = together.accepted(from, startedAt);
    if (isShared) {
      const rejected = own.rejected(from, startedAt);
      const isAlone = rejected === together.rejected(from, startedAt) && sum - accepted >= ALONE;
      if (rejected >= ALONE && isAlone) separate(startedAt);
      return;
    }
    const isLost =
      before.own !== undefined &&
      before.sum !== undefined &&
      before.own <= before.sum * 1.05 &&
      accepted < before.own * DISPLACED &&
      sum >= before.sum * 0.97;
    const isFirstLimit = startedAt <= firstLimitAt + together.windowMs;
    const rejecting = [...byOperation.values()].filter((each) => each.rejected(from, startedAt) > 1);
    isShared = isLost || (isFirstLimit && rejecting.length > 1);
  }

  return {
    earliestStart: (operation) => (isShared ? together : of(operation)).earliestStart(),
    recordStart(operation, at, hasWaited) {
      of(operation).recordStart(at, hasWaited);
      together.recordStart(at, hasWaited);
    },
    recordResponse(at, feedback) {
      const own = of(feedback.operation);
      const startedAt = at - (feedback.elapsedMs ?? 0);
      const before = { own: own.limit, sum: together.limit };
      const isRejected = isThrottled(feedback);
      if (isRejected && feedback.limit === undefined && feedback.retryAfterMs === undefined)
        own.lengthenWindow(Math.max(...[...byOperation.values()].map(({ windowMs }) => windowMs)));
      own.recordResponse(at, feedback);
      together.recordResponse(at, feedback);
      named = feedback.limit ?? named;
      if (together.limit !== undefined) firstLimitAt = Math.min(firstLimitAt, at);
      const isProven = named !== undefined && (isRejected || isShared) && compareWithName(own, startedAt, named);
      if (isRejected && !isProven) compareOperations(own, startedAt, before);
    },
    readings: (at) =>
      [...byOperation].map(([operation, own]) => {
        const estimator = isShared ? together : own;
        const waitMs = Math.max(0, estimator.earliestStart() - at);
        return { operation, scope: isShared ? "shared" : "operation", rate: estimator.ratePerSecond, waitMs };
      }),
  };
}
