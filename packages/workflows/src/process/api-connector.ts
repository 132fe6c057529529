import {
  createOsmClient,
  type OsmClientOptions,
  type RateLimiter,
  type Transport,
  type TransportRequest,
} from "@caselink/sdk";
import { AcceptedTokens } from "./accepted-tokens.ts";
import type { AssociationsApi } from "../chunk/operation.ts";
import { UnsentError } from "../chunk/verdict.ts";
import { sleep } from "../wait/sleep.ts";
import { OutageDetector, resultOf, type RequestResult } from "./outage-detector.ts";

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
  /** Decides whether the API is down. It hears of all requests, but not of failures that only a response's body shows. */
  readonly outages: OutageDetector;
}

export type ApiConnectorOptions = Omit<OsmClientOptions, "timeoutMs"> & {
  /** Milliseconds for each request of a call, default 15,000. After a crash a lane waits this long, too. */
  timeoutMs?: number | undefined;
};

/** The API for the chunks of a process, which share its rate, its connections and its outage detector. */
export function createApiConnector(options: ApiConnectorOptions): ApiConnector {
  const { timeoutMs = 15_000 } = options;
  const send: Transport = options.fetch ?? globalThis.fetch;
  // Shorter than the request's own time: a request that waits too long was certainly not sent.
  const waitMs = timeoutMs * 0.8;
  const outages = new OutageDetector({ now: () => performance.now(), sleep });
  const accepted = new AcceptedTokens();
  return {
    endpoint: options.endpoint,
    requestLimitMs: timeoutMs,
    outages,
    connect(beforeWrite, rateLimiter = options.rateLimiter, stop) {
      const guarded: Transport = async (url, request) => {
        const admitted = outages.admit(ticketOf(url), waitMs, stop);
        const start = typeof admitted === "number" ? admitted : await admitted;
        let result: RequestResult = "inconclusive";
        let httpStatus: number | undefined;
        try {
          if (request.method !== "GET") await beforeWrite();
          // The turn ended, or the caller timed out, while the request waited: do not send it.
          if (stop?.aborted || reasonOf(request) !== undefined) throw new UnsentError();
          result = "failed";
          const response = await send(url, request);
          if (response.ok) accepted.record(request.headers);
          httpStatus = response.status;
          result = httpStatus === 401 && accepted.includes(request.headers) ? "inconclusive" : resultOf(httpStatus);
          return response;
        } finally {
          outages.record(start, isGivenUp(request) ? "inconclusive" : result, httpStatus);
        }
      };
      const transport = Object.assign(guarded, { readsCancellation: send.readsCancellation });
      const limiter = rateLimiter && unlessInVain(rateLimiter, outages, stop);
      return createOsmClient({ ...options, ...(limiter && { rateLimiter: limiter }), timeoutMs, fetch: transport });
    },
  };
}

/** A rate limiter that rejects, retries included, when the turn is stopped and in an outage. */
function unlessInVain(rateLimiter: RateLimiter, outages: OutageDetector, stop: AbortSignal | undefined): RateLimiter {
  return {
    acquire(signal, operation) {
      const obstacle = stop?.aborted ? new UnsentError() : outages.obstacle;
      return obstacle ? Promise.reject(obstacle) : rateLimiter.acquire(signal ?? stop, operation);
    },
    recordResponse: rateLimiter.recordResponse.bind(rateLimiter),
    setMaxRate: rateLimiter.setMaxRate.bind(rateLimiter),
  };
}

/** Set if the caller does not wait any more. Reads `cancellation` if it is there: it is cheaper than a signal. */
function reasonOf(request: TransportRequest): unknown {
  return request.cancellation ? request.cancellation.reason : request.signal.reason;
}

/** The caller left. A timeout counts as the API's failure instead. */
function isGivenUp(request: TransportRequest): boolean {
  const reason = reasonOf(request);
  return reason !== undefined && !(reason instanceof Error && reason.name === "TimeoutError");
}

/** The path names the ticket before its last part. */
function ticketOf(url: string): string {
  const end = url.lastIndexOf("/");
  return decodeURIComponent(url.slice(url.lastIndexOf("/", end - 1) + 1, end));
}
