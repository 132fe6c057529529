import type { RateLimiter } from "@caselink/sdk";
import { RequestQueues, type BatchRequests } from "../../src/rate/request-queues.ts";

/** A rate limiter that lets every request pass. */
export const noRateLimit: RateLimiter = {
  acquire: async () => undefined,
  tryAcquire: () => true,
  recordResponse: () => undefined,
  setMaxRate: () => undefined,
};

/** The queue of a batch alone. Default: each request passes. */
export function queueOfOne(slots = Number.POSITIVE_INFINITY, maxRate?: number): BatchRequests {
  return new RequestQueues(noRateLimit, { slots }).open("b", maxRate);
}
