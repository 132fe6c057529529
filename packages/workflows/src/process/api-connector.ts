import {
  createOsmClient,
  type OsmClientOptions,
  type RateLimiter,
  type Transport,
  type TransportRequest,
} from "@caselink/sdk";
import { AcceptedTokens } from "./accepted-tokens.ts";
import { ApiCircuitBreaker, type RequestResult } from "./api-circuit-breaker.ts";
import type { AssociationsApi } from "../chunk/operation.ts";

/**
 * Opens the API for one chunk. `beforeWrite` is awaited right before each write is sent; if it throws, nothing is sent.
 * `rateLimiter`: the batch's share of the process's rate, instead of all of it. `stop`: once it is aborted nothing more is
 * sent, and all waits end; requests in flight may finish.
 */
export interface ApiConnector {
  /** Base URL of the API, for messages. */
  readonly endpoint: string;
  connect(beforeWrite: () => Promise<void>, rateLimiter?: RateLimiter, stop?: AbortSignal): AssociationsApi;
  /** How long a request may take from `beforeWrite` to its end, in milliseconds. */
  readonly requestLimitMs: number;
}

export type ApiConnectorOptions = Omit<OsmClientOptions, "timeoutMs"> & {
  /** Milliseconds for each request of a call, default 15,000. After a crash a lane waits this long, too. */
  timeoutMs?: number | undefined;
};

/** The API for the chunks of a process, which share its rate, its connections and its circuit breaker. */
export function createApiConnector(options: ApiConnectorOptions): ApiConnector {
  const { timeoutMs = 15_000 } = options;
  const send: Transport = options.fetch ?? globalThis.fetch;
  // Shorter than the request's own time: a request that waits too long was certainly not sent.
  const waitMs = timeoutMs * 0.8;
  const circuitBreaker = new ApiCircuitBreaker(() => performance.now());
  const accepted = new AcceptedTokens();
  return {
    endpoint: options.endpoint,
    requestLimitMs: timeoutMs,
    connect(beforeWrite, rateLimiter = options.rateLimiter, stop) {
      const guarded: Transport = async (url, request) => {
        for (
          let pause = circuitBreaker.waitForRoom(waitMs, stop);
          pause;
          pause = circuitBreaker.waitForRoom(waitMs, stop)
        ) {
          if (!(await pause)) throw new CircuitOpenError();
        }
        const record = circuitBreaker.admit();
        if (!record) throw new CircuitOpenError();
        let result: RequestResult = "inconclusive";
        try {
          if (request.method !== "GET") await beforeWrite();
          if (stop?.aborted) throw new NotSentError("the turn ended before it was sent");
          // The caller timed out while the request waited: do not send it.
          if (hasEnded(request)) throw new NotSentError("its time ran out before it was sent");
          result = "failed";
          const response = await send(url, request);
          if (response.ok) accepted.record(request.headers);
          if (isResponse(response.status)) result = "responded";
          else if (response.status === 401 && accepted.includes(request.headers)) result = "inconclusive";
          return response;
        } finally {
          record(isGivenUp(request) ? "inconclusive" : result);
        }
      };
      const { readsCancellation } = send;
      const transport = Object.assign(guarded, { readsCancellation });
      return createOsmClient({ ...options, ...(rateLimiter && { rateLimiter }), timeoutMs, fetch: transport });
    },
  };
}

/** A credential that was never accepted is rejected for every request: as in an outage, more requests would be in vain. */
function isResponse(status: number): boolean {
  return status < 500 && status !== 408 && status !== 401;
}

/** The caller does not wait any more. Reads `cancellation` if it is there: it is cheaper than a signal. */
function hasEnded(request: TransportRequest): boolean {
  return reasonOf(request) !== undefined;
}

function reasonOf(request: TransportRequest): unknown {
  return request.cancellation ? request.cancellation.reason : request.signal.reason;
}

/** The caller left. A timeout counts as the API's failure instead. */
function isGivenUp(request: TransportRequest): boolean {
  const reason = reasonOf(request);
  return reason !== undefined && !(reason instanceof Error && reason.name === "TimeoutError");
}

class NotSentError extends Error {
  override readonly name: string = "NotSentError";
  /** A transport states in this way that it certainly sent nothing. */
  readonly wasSent = "no";
}

/** Nothing was sent: the circuit breaker is open, and another request probes the API. */
class CircuitOpenError extends NotSentError {
  override readonly name = "CircuitOpenError";

  constructor() {
    super("the API does not respond; it is probed from time to time");
  }
}
