import { ApiError, isApiError } from "./api-error.ts";
import { attempt, type Answer, type AttemptSettings, type Send } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import { classifyFailure, type FailureClass } from "./classify-failure.ts";
import { ConnectionError, isConnectionError } from "./connection-error.ts";
import type { Pace } from "./pace.ts";
import { readRetryAfterMs } from "./retry-after.ts";
import type { Sleep } from "./sleep.ts";
import { readFailure } from "./wire-mapping.ts";

export interface PerformSettings extends AttemptSettings {
  readonly pace: Pace;
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
}

/** A longer wait than this is the caller's to decide: the error is thrown with `retryAfterMs`. */
const MAX_WAIT_MS = 60_000;

/** Makes attempts until one settles the call or no further one is safe. */
export async function performCall<Content>(
  call: Call<Content>,
  settings: PerformSettings,
  signal: AbortSignal | undefined,
): Promise<{ content: Content; facts: CallFacts }> {
  let attempts = 0;
  let failures = 0;
  let isRenewed = false;
  for (;;) {
    await wait(settings.pace.acquire(signal));
    attempts += 1;
    let answer: Answer | undefined;
    try {
      answer = await attempt(call.send, settings, { isWrite: call.isWrite, attempts }, signal);
      return readAnswer(answer, call, settings, attempts);
    } catch (error) {
      const invalidate = settings.authentication.invalidate?.bind(settings.authentication);
      if (answer !== undefined && !isRenewed && isUnauthenticated(error) && invalidate !== undefined) {
        isRenewed = true;
        invalidate(answer.request);
        continue;
      }
      if (failures >= settings.retries || !isSafeToRepeat(error, call.isWrite)) throw error;
      failures += 1;
      const delayMs = backoffMs(failures, settings.random);
      // The pace holds everybody back after throttling; here only the spread is added.
      const namedMs = isApiError(error) && error.errorClass !== "throttled" ? (error.retryAfterMs ?? 0) : 0;
      await wait(settings.sleep(Math.max(delayMs, namedMs), signal));
    }
  }

  async function wait(pause: Promise<void>): Promise<void> {
    try {
      await pause;
      signal?.throwIfAborted();
    } catch (cause) {
      if (!signal?.aborted) throw cause;
      // Whatever was tried before was surely not executed, else it would not be tried again.
      throw new ConnectionError({ operation: call.operation, kind: "aborted", execution: "no", attempts, cause });
    }
  }
}

function readAnswer<Content>(
  answer: Answer,
  call: Call<Content>,
  settings: PerformSettings,
  attempts: number,
): { content: Content; facts: CallFacts } {
  const failure = readFailure(answer.body);
  const isRefused = !answer.ok || failure.code !== undefined;
  const requestId = answer.headers.get("X-Request-Id") ?? failure.requestId;
  const retryAfterMs = isRefused
    ? readRetryAfterMs(answer.headers.get("Retry-After"), failure.message, settings.now)
    : undefined;
  settings.pace.noteAnswer({
    httpStatus: answer.httpStatus,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  const content = isRefused || !answer.isJson ? undefined : call.read(answer.body);
  if (content !== undefined)
    return { content, facts: { httpStatus: answer.httpStatus, requestId: requestId ?? undefined, attempts } };

  const classes: FailureClass = isRefused
    ? classifyFailure(answer.httpStatus, failure.code)
    : { errorClass: "unknown", execution: "unknown" };
  throw new ApiError({
    operation: answer.operation,
    httpStatus: answer.httpStatus,
    errorClass: classes.errorClass,
    execution: call.isWrite ? classes.execution : "no",
    attempts,
    code: clean(answer, failure.code),
    apiMessage: clean(answer, failure.message),
    requestId: clean(answer, requestId ?? undefined),
    retryAfterMs,
    remark: isRefused ? undefined : "the answer is not what the API documents",
  });
}

function isUnauthenticated(error: unknown): boolean {
  return isApiError(error) && error.errorClass === "unauthenticated";
}

/** A read can always be repeated when that may help; a write only when it was surely not executed. */
function isSafeToRepeat(error: unknown, isWrite: boolean): boolean {
  if (isConnectionError(error)) return error.kind !== "aborted" && (!isWrite || error.execution === "no");
  if (!isApiError(error) || (error.retryAfterMs ?? 0) > MAX_WAIT_MS) return false;
  if (error.errorClass === "throttled") return true;
  return error.errorClass === "transient" && (!isWrite || error.execution === "no");
}

/** One line, of a bearable length, without credentials. */
function clean(answer: Answer, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return answer
    .redact(text)
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .slice(0, 500);
}
