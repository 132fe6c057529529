export interface Deadline {
  /** Aborts when the time is over or the caller aborts. */
  readonly signal: AbortSignal;
  /** Why it ended, if it did. */
  readonly ended: () => "timeout" | "aborted" | undefined;
  /** Must be called, else the timer keeps running. */
  clear(): void;
}

/** Cheaper than AbortSignal.any and AbortSignal.timeout, and free of their listeners once cleared. */
export function startDeadline(timeoutMs: number, callerSignal: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let ended: "timeout" | "aborted" | undefined;
  const end = (reason: "timeout" | "aborted", cause: unknown) => {
    ended ??= reason;
    controller.abort(cause);
  };
  const onAbort = () => end("aborted", callerSignal?.reason);
  const timer = setTimeout(() => {
    end("timeout", new DOMException(`No answer within ${timeoutMs} ms.`, "TimeoutError"));
  }, timeoutMs);
  if (callerSignal?.aborted) onAbort();
  else callerSignal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    ended: () => ended,
    clear() {
      clearTimeout(timer);
      callerSignal?.removeEventListener("abort", onAbort);
    },
  };
}
