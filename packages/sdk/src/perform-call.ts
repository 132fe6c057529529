import { ApiError, isApiError } from "./api-error.ts";
import { attempt, clean, describe, type ParsedResponse, type AttemptSettings, type Send } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import { classifyFailure } from "./classify-failure.ts";
import { ConnectionError, isConnectionError } from "./connection-error.ts";
import { Deadline } from "./deadline.ts";
import type { Hooks } from "./hooks.ts";
import { isOsmError } from "./osm-error.ts";
import type { Pace } from "./rate-limiter.ts";
import { readNamedLimit, readRetryAfterMs } from "./retry-after.ts";
import type { Sleep } from "./sleep.ts";
import type { ResponseHeaders } from "./transport.ts";
import { readFailure } from "./wire-mapping.ts";

export interface PerformSettings extends AttemptSettings {
  readonly pace: Pace | undefined;
  /** Keeps an outage from being multiplied: while most calls fail, few are repeated. */
  readonly budget: { readonly capacity: number; left: number };
  readonly hooks: Hooks;
  readonly timeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly retries: number;
  readonly random: () => number;
  readonly now: () => number;
  readonly sleep: Sleep;
}

export interface Call<Content> {
  /** Method and what it is about, for the message of a call that ended before a request was made. */
  readonly operation: string;
  readonly isWrite: boolean;
  readonly send: Send;
  /** Undefined when the body of a success is not what it should be. */
  read(body: unknown): Content | undefined;
}

export interface CallFacts {
  /** HTTP status of the answer that settled the call. */
  readonly httpStatus: number;
  /** The one thing that the vendor's support asks for. */
  readonly requestId: string | undefined;
  /** Requests that were made for the call. */
  readonly attempts: number;
  /** From sending the last of them to the end of its answer, in milliseconds; absent where a fact sums up several calls. */
  readonly elapsedMs?: number;
}

export interface CallResult<Content> {
  readonly content: Content;
  readonly facts: CallFacts;
  readonly headers: ResponseHeaders;
}

/** A longer wait than this is the caller's to decide: the error is thrown with `retryAfterMs`. */
const MAX_WAIT_MS = 60_000;
/** What a call that went well gives back to the budget, in retries. */
const REFILL = 0.2;

/** Makes attempts until one settles the call or no further one is safe. */
export async function performCall<Content>(
  call: Call<Content>,
  settings: PerformSettings,
  signal: AbortSignal | undefined,
): Promise<CallResult<Content>> {
  const { pace, hooks, authentication, budget } = settings;
  const total = settings.totalTimeoutMs < Infinity ? new Deadline(settings.totalTimeoutMs, signal) : undefined;
  const outer = total?.signal ?? signal;
  let attempts = 0;
  let failures = 0;
  let isRenewed = false;
  try {
    for (;;) {
      if (pace !== undefined || outer?.aborted) await wait(pace?.acquire(outer));
      attempts += 1;
      let answer: ParsedResponse | undefined;
      let outcome: CallResult<Content> | undefined;
      let error: unknown;
      try {
        const facts = { isWrite: call.isWrite, attempts, timeoutMs: settings.timeoutMs };
        answer = await attempt(call.send, settings, facts, total ?? signal);
        outcome = readResponse(answer, call, settings, attempts);
      } catch (cause) {
        error = cause;
      }
      const failure = isApiError(error) || isConnectionError(error) ? error : undefined;
      if (hooks.afterResponse !== undefined && (outcome ?? failure) !== undefined)
        await hooks.afterResponse({
          operation: call.operation,
          attempt: attempts,
          httpStatus: answer?.httpStatus,
          headers: answer?.headers,
          elapsedMs: answer?.elapsedMs,
          error: failure,
        });
      if (outcome !== undefined) {
        budget.left = Math.min(budget.capacity, budget.left + REFILL);
        return outcome;
      }
      if (
        answer !== undefined &&
        !isRenewed &&
        isApiError(error) &&
        error.errorClass === "unauthenticated" &&
        authentication.invalidate !== undefined
      ) {
        isRenewed = true;
        authentication.invalidate(answer.request);
        continue;
      }
      if (failures >= settings.retries || !isSafeToRepeat(error) || budget.left < 1) throw error;
      budget.left -= 1;
      failures += 1;
      // A pace holds everybody back after throttling; then only the spread is added here.
      const namedMs =
        !isApiError(error) || (pace !== undefined && error.errorClass === "throttled") ? 0 : error.retryAfterMs;
      await wait(settings.sleep(Math.max(backoffMs(failures, settings.random), namedMs ?? 0), outer));
    }
  } finally {
    total?.clear();
  }

  async function wait(pause: Promise<void> | undefined): Promise<void> {
    try {
      await pause;
      outer?.throwIfAborted();
    } catch (cause) {
      if (!outer?.aborted) throw cause;
      // Whatever was tried before was surely not executed, else it would not be tried again.
      const kind = total?.ended ?? "aborted";
      throw new ConnectionError({
        operation: call.operation,
        kind,
        execution: "no",
        wasSent: "no",
        attempts,
        cause,
      });
    }
  }
}

function readResponse<Content>(
  answer: ParsedResponse,
  call: Call<Content>,
  settings: PerformSettings,
  attempts: number,
): CallResult<Content> {
  const { httpStatus, headers, request, body } = answer;
  const failure = readFailure(body);
  const isRefused = !answer.ok || failure.code !== undefined;
  const requestId = headers.get("X-Request-Id") ?? failure.requestId;
  const { authentication, pace } = settings;
  if (authentication.noteServerTime !== undefined) {
    const serverTimeMs = Date.parse(headers.get("Date") ?? "");
    if (serverTimeMs > 0) authentication.noteServerTime(serverTimeMs);
  }
  const retryAfter = isRefused ? headers.get("Retry-After") : null;
  const retryAfterMs = isRefused ? readRetryAfterMs(retryAfter, failure.message, settings.now) : undefined;
  const limit = httpStatus === 429 ? readNamedLimit(failure.message) : undefined;
  pace?.noteAnswer({
    httpStatus,
    elapsedMs: answer.elapsedMs,
    limit,
    // Who knows the limit keeps it, and need not wait for its whole window.
    retryAfterMs: limit !== undefined && retryAfter === null ? undefined : retryAfterMs,
  });
  const content = isRefused || !answer.isJson ? undefined : call.read(body);
  if (content !== undefined) {
    return { content, facts: { httpStatus, requestId, attempts, elapsedMs: answer.elapsedMs }, headers };
  }

  const { errorClass, execution } = isRefused
    ? classifyFailure(httpStatus, failure.code)
    : ({ errorClass: "unknown", execution: "unknown" } as const);
  throw new ApiError({
    operation: describe(request),
    httpStatus,
    errorClass,
    execution: call.isWrite ? execution : "no",
    attempts,
    code: clean(request, failure.code),
    apiMessage: clean(request, failure.message),
    requestId: clean(request, requestId),
    retryAfterMs,
    remark: isRefused ? undefined : "the answer is not what the API documents",
  });
}

/** True if a retry may help and nothing was executed; a failed read never executes anything. */
function isSafeToRepeat(error: unknown): boolean {
  if (!isOsmError(error) || error.execution !== "no") return false;
  if (isConnectionError(error)) return error.kind !== "aborted";
  if (!isApiError(error) || (error.retryAfterMs ?? 0) > MAX_WAIT_MS) return false;
  return error.errorClass === "throttled" || error.errorClass === "transient";
}
