import { isApiError, type RateLimiter } from "@caselink/sdk";
import type { VirtualClock } from "./virtual-clock.ts";

export type ApiOperation = "list" | "create" | "delete";

const WINDOW_MS = 1_000;
/** The SDK sends a call so often again that the server throttled. */
const RETRIES = 3;

/** Counts the requests of each operation in the last second, as a gateway does. */
export class RequestRates {
  readonly #clock: VirtualClock;
  readonly #rates: Partial<Record<ApiOperation, number>>;
  readonly #accepted: Record<ApiOperation, number[]> = { list: [], create: [], delete: [] };

  constructor(clock: VirtualClock, rates: Partial<Record<ApiOperation, number>> = {}) {
    this.#clock = clock;
    this.#rates = rates;
  }

  /** False: one request too many. */
  accept(operation: ApiOperation): boolean {
    const rate = this.#rates[operation];
    if (rate === undefined) return true;
    const now = this.#clock.now();
    const accepted = this.#accepted[operation].filter((at) => at > now - WINDOW_MS);
    const isAccepted = accepted.length < rate;
    if (isAccepted) accepted.push(now);
    this.#accepted[operation] = accepted;
    return isAccepted;
  }
}

/** A call at the pace of the limiter, sent again when the server throttles it, as the SDK does. */
export async function paced<Result>(
  limiter: RateLimiter,
  operation: ApiOperation,
  stop: AbortSignal | undefined,
  call: () => Promise<Result>,
): Promise<Result> {
  for (let retries = 0; ; retries++) {
    await limiter.acquire(stop, operation);
    try {
      const result = await call();
      limiter.recordResponse({ httpStatus: 200, operation });
      return result;
    } catch (error) {
      if (isApiError(error)) limiter.recordResponse({ httpStatus: error.httpStatus, operation });
      if (!isApiError(error) || error.httpStatus !== 429 || retries >= RETRIES) throw error;
    }
  }
}
