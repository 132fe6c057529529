/** First pause after rejections that name no time; it doubles until a request is accepted. */
const FIRST_PAUSE_MS = 30;
const MAX_UNNAMED_PAUSE_MS = 30_000;
/** The longest pause, even if the server names a longer one: then the server is asked again. */
const MAX_NAMED_PAUSE_MS = 86_400_000;
/** After this many pauses without an accepted request, one request goes ahead alone. */
const PAUSES_BEFORE_POLLS = 2;
/** The others wait for its response, but not longer. */
const MAX_POLL_MS = 500;

/** The pauses of an estimator: the times that a server names, and its own after rejections that name none. */
export interface RatePauses {
  /** The end of the pause; in the past if there is none. */
  readonly until: number;
  /** The end of the pauses that the server or a series of rejections caused, without the wait for a single request. */
  readonly namedUntil: number;
  /** Pauses since the last accepted request. */
  readonly count: number;
  /** The server names a time. Returns the part of it that is waited for. */
  pauseFor(at: number, milliseconds: number): number;
  /** A rejection names no time. @param roomAt when the server accepts a request again, if that is known */
  pauseAfterRejection(at: number, roomAt: number | undefined): void;
  recordStart(at: number): void;
  recordRejection(): void;
  recordAcceptance(): void;
}

export function createRatePauses(): RatePauses {
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let heldUntil = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    get until() {
      return Math.max(pausedUntil, heldUntil);
    },
    get namedUntil() {
      return pausedUntil;
    },
    get count() {
      return count;
    },
    pauseFor(at, milliseconds) {
      const pauseMs = Math.min(milliseconds, MAX_NAMED_PAUSE_MS);
      pausedUntil = Math.max(pausedUntil, at + pauseMs);
      return pauseMs;
    },
    pauseAfterRejection(at, roomAt) {
      const doubled = at + Math.min(FIRST_PAUSE_MS * 2 ** count, MAX_UNNAMED_PAUSE_MS);
      pausedUntil = Math.max(pausedUntil, roomAt === undefined ? doubled : Math.max(at + FIRST_PAUSE_MS, roomAt));
      count++;
    },
    recordStart(at) {
      if (count >= PAUSES_BEFORE_POLLS) heldUntil = at + MAX_POLL_MS;
    },
    recordRejection() {
      heldUntil = Number.NEGATIVE_INFINITY;
    },
    recordAcceptance() {
      heldUntil = Number.NEGATIVE_INFINITY;
      count = 0;
    },
  };
}
