import { ApiError, isApiError } from "./api-error.ts";
import { attempt, clean, type ParsedResponse, type AttemptSettings, type Send } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import { excerptOf } from "./body-excerpt.ts";
import { classifyFailure } from "./classify-failure.ts";
import { ConnectionError, isConnectionError } from "./connection-error.ts";
import { Deadline, untilCancelled } from "./deadline.ts";
import type { AttemptReport, Hooks } from "./hooks.ts";
import { isOsmError } from "./osm-error.ts";
import type { ApiOperation } from "./rate-feedback.ts";
import { isLongWait, LONGEST_WAIT_MS, type RateLimiter } from "./rate-limiter.ts";
import type { RequestSettings } from "./request-options.ts";
import { readNamedLimit, readRetryAfterMs, readServerTimeMs } from "./retry-after.ts";
import { hideSecrets } from "./safe-headers.ts";
import type { Sleep } from "./sleep.ts";
import type { ResponseHeaders } from "./transport.ts";
import { readFailure } from "./wire-mapping.ts";

export interface PerformSettings extends AttemptSettings, RequestSettings {
  /** Base URL, for hooks. */
  readonly endpoint: string;
  readonly rateLimiter: RateLimiter | undefined;
  /** Limits retries in an outage: while most calls fail, few are retried. */
  readonly budget: { readonly capacity: number; left: number };
  readonly hooks: Hooks;
  /** For the call, its waits included; Infinity: no limit. */
  readonly totalTimeoutMs: number;
  readonly random: () => number;
  readonly now: () => number;
  readonly sleep: Sleep;
}

export interface Call<Content> {
  /** The method and its subject, for hooks and errors. */
  readonly operation: string;
  readonly ticketId: string;
  readonly method: AttemptReport["method"];
  readonly send: Send;
  /** Returns undefined if the body of a success is not as documented. */
  read(body: unknown): Content | undefined;
}

export interface CallFacts {
  /** HTTP status of the last response. */
  readonly httpStatus: number;
  /** The id that the vendor's support asks for. */
  readonly requestId: string | undefined;
  /** Requests that were made for the call. */
  readonly attempts: number;
  /** From sending the last request to the end of its response, in milliseconds; absent if the result sums up several calls. */
  readonly elapsedMs?: number;
}

export interface CallResult<Content> {
  readonly content: Content;
  readonly facts: CallFacts;
  readonly headers: ResponseHeaders;
}

/** Retries that a successful call adds to the budget. */
const REFILL = 0.2;

/** Makes requests until one succeeds, a retry is unsafe or useless, or the retries or the time are used up. */
export async function performCall<Content>(
  call: Call<Content>,
  settings: PerformSettings,
  signal: AbortSignal | undefined,
): Promise<CallResult<Content>> {
  const { rateLimiter, hooks, authentication, budget } = settings;
  const total = settings.totalTimeoutMs < Infinity ? new Deadline(settings.totalTimeoutMs, signal) : undefined;
  const outer = total?.signal ?? signal;
  let attempts = 0;
  let failures = 0;
  let isRenewed = false;
  try {
    for (;;) {
      if (rateLimiter !== undefined || outer?.aborted) await wait(rateLimiter?.acquire(outer, OPERATIONS[call.method]));
      attempts += 1;
      const startedAt = settings.now();
      let response: ParsedResponse | undefined;
      let result: CallResult<Content> | undefined;
      let error: unknown;
      try {
        const { operation, ticketId } = call;
        const facts = { operation, ticketId, isWrite: isWrite(call), attempts, timeoutMs: settings.timeoutMs };
        response = await attempt(call.send, settings, facts, total ?? signal);
        result = readResponse(response, call, settings, attempts);
      } catch (cause) {
        error = cause;
      }
      const isRejected = isApiError(error) && error.errorClass === "unauthenticated";
      if (response?.ok && !isRejected) authentication.recordAccepted?.(response.request);
      const failure = isApiError(error) || isConnectionError(error) ? error : undefined;
      if (hooks.afterResponse !== undefined && (result ?? failure) !== undefined)
        await report({
          operation: call.operation,
          ticketId: call.ticketId,
          method: call.method,
          endpoint: settings.endpoint,
          attempt: attempts,
          startedAt,
          httpStatus: response?.httpStatus,
          headers: response && hideSecrets(response.headers, response.request),
          elapsedMs: response?.elapsedMs,
          error: failure,
        });
      if (result !== undefined) {
        budget.left = Math.min(budget.capacity, budget.left + REFILL);
        return result;
      }
      if (response !== undefined && !isRenewed && isRejected && authentication.invalidate !== undefined) {
        isRenewed = true;
        if (authentication.invalidate(response.request) !== false) continue;
        throw error;
      }
      if (failures >= settings.retries || !isSafeToRepeat(error) || budget.left < 1) throw error;
      const askedMs = (isApiError(error) && error.retryAfterMs) || 0;
      // The call could only end while it waits, without the facts of this response.
      if (total !== undefined && askedMs > total.endsAt - performance.now()) throw error;
      budget.left -= 1;
      failures += 1;
      // After throttling, a rate limiter delays all its callers by the named time; then only the backoff is added here.
      const isLimiterPaused = rateLimiter !== undefined && isApiError(error) && error.errorClass === "throttled";
      await wait(settings.sleep(Math.max(backoffMs(failures, settings.random), isLimiterPaused ? 0 : askedMs), outer));
    }
  } finally {
    total?.clear();
  }

  /** The hook can neither fail the call, whose result is known, nor keep it longer than an attempt may take. */
  async function report(facts: AttemptReport): Promise<void> {
    const deadline = new Deadline(settings.timeoutMs, outer);
    try {
      const pending = hooks.afterResponse?.(facts);
      if (pending !== undefined) await untilCancelled(pending, deadline);
    } catch {
      // the call's own result counts
    } finally {
      deadline.clear();
    }
  }

  async function wait(pause: Promise<void> | undefined): Promise<void> {
    try {
      await pause;
      outer?.throwIfAborted();
    } catch (cause) {
      if (!outer?.aborted && !isLongWait(cause)) throw cause;
      // Earlier attempts certainly were not executed; otherwise there would be no retry.
      const longWait = isLongWait(cause) ? cause : undefined;
      throw new ConnectionError({
        operation: call.operation,
        ticketId: call.ticketId,
        kind: longWait ? "throttled" : (total?.ended ?? "aborted"),
        detail: longWait?.message,
        retryAfterMs: longWait?.retryAfterMs,
        execution: "no",
        wasSent: "no",
        attempts,
        cause,
      });
    }
  }
}

function readResponse<Content>(
  response: ParsedResponse,
  call: Call<Content>,
  settings: PerformSettings,
  attempts: number,
): CallResult<Content> {
  const { httpStatus, headers, request, body } = response;
  const failure = readFailure(body);
  const isFailure = !response.ok || failure.code !== undefined;
  const requestId = headers.get("X-Request-Id") ?? failure.requestId;
  const { rateLimiter } = settings;
  const retryAfter = isFailure ? headers.get("Retry-After") : null;
  const retryAfterMs = isFailure
    ? readRetryAfterMs(retryAfter, failure.message, readServerTimeMs(headers) ?? settings.now())
    : undefined;
  const { errorClass, execution } = isFailure
    ? classifyFailure(httpStatus, failure.code)
    : ({ errorClass: "unknown", execution: "unknown" } as const);
  const isThrottled = errorClass === "throttled";
  const limit = isThrottled ? readNamedLimit(failure.message) : undefined;
  rateLimiter?.recordResponse({
    httpStatus,
    operation: OPERATIONS[call.method],
    isThrottled,
    elapsedMs: response.elapsedMs,
    limit,
    // A limiter that knows the limit need not wait for its whole window.
    retryAfterMs: limit !== undefined && retryAfter === null ? undefined : retryAfterMs,
  });
  const content = isFailure || !response.isJson ? undefined : call.read(body);
  if (content !== undefined) {
    const facts = { httpStatus, requestId, attempts, elapsedMs: response.elapsedMs };
    return { content, facts, headers: hideSecrets(headers, request) };
  }

  throw new ApiError({
    operation: call.operation,
    ticketId: call.ticketId,
    httpStatus,
    errorClass,
    execution: isWrite(call) ? execution : "no",
    attempts,
    code: clean(request, failure.code),
    apiMessage: clean(request, failure.message),
    requestId: clean(request, requestId),
    retryAfterMs,
    headers: hideSecrets(headers, request),
    bodyExcerpt: failure.code === undefined ? excerptOf(response.content, request.headers) : undefined,
    remark: isFailure ? undefined : "the response is not as documented",
  });
}

/** A gateway counts the requests of each API. */
const OPERATIONS: Readonly<Record<AttemptReport["method"], ApiOperation>> = {
  GET: "list",
  POST: "create",
  DELETE: "delete",
};

function isWrite({ method }: Pick<Call<unknown>, "method">): boolean {
  return method !== "GET";
}

/** True if a retry may help and nothing was executed. A failed read never executes anything. */
function isSafeToRepeat(error: unknown): boolean {
  if (!isOsmError(error) || error.execution !== "no") return false;
  if (isConnectionError(error)) return error.kind !== "aborted" && error.kind !== "untrusted";
  if (!isApiError(error) || (error.retryAfterMs ?? 0) > LONGEST_WAIT_MS) return false;
  return error.errorClass === "throttled" || error.errorClass === "transient";
}
