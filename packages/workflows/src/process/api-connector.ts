import {
  createOsmClient,
  type OsmClientOptions,
  type Pace,
  type Transport,
  type TransportRequest,
} from "@caselink/sdk";
import { ApiCircuitBreaker, type RequestResult } from "./api-circuit-breaker.ts";
import type { AssociationsApi } from "../chunk/operation.ts";
import { UnsentError } from "../chunk/verdict.ts";

/**
 * Opens the API for one chunk. `beforeWrite` is awaited right before each write is sent; where it throws, nothing is sent.
 * `pace`: the batch's part of the process's pace, instead of all of it. `stop`: once it is aborted nothing more is sent, and
 * what waits to be sent waits no longer; requests under way may finish.
 */
export interface ApiConnector {
  /** Base URL of the API, for messages. */
  readonly endpoint: string;
  connect(beforeWrite: () => Promise<void>, pace?: Pace, stop?: AbortSignal): AssociationsApi;
  /** How long a request may take from `beforeWrite` to its end. */
  readonly requestLimitMs: number;
}

export type ApiConnectorOptions = Omit<OsmClientOptions, "timeoutMs"> & {
  /** Milliseconds for each attempt of a call, default 15,000: the longer, the longer a lane waits after a crash. */
  timeoutMs?: number;
};

/** The API as chunks see it: all of a process share its pace, its connections and its circuitBreaker. */
export function createApiConnector(options: ApiConnectorOptions): ApiConnector {
  const { timeoutMs = 15_000 } = options;
  const send: Transport = options.fetch ?? globalThis.fetch;
  // Shorter than the attempt's own time: then it surely was not sent.
  const waitMs = timeoutMs * 0.8;
  const circuitBreaker = new ApiCircuitBreaker(() => performance.now());
  return {
    endpoint: options.endpoint,
    requestLimitMs: timeoutMs,
    connect(beforeWrite, pace = options.pace, stop) {
      const transport: Transport = async (url, request) => {
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
          // What the wait has outlasted has nobody to wait for its answer.
          if (hasEnded(request)) throw new NotSentError("its time ran out before it was sent");
          result = "failed";
          const response = await send(url, request);
          if (isResponse(response.status)) result = "responded";
          return response;
        } finally {
          record(isGivenUp(request) ? "inconclusive" : result);
        }
      };
      const held = pace && stop ? stoppable(pace, stop) : pace;
      return createOsmClient({ ...options, ...(held && { pace: held }), timeoutMs, fetch: transport });
    },
  };
}

/** A pace at which nobody waits once it is stopped: not for a first request, and not for another attempt either. */
function stoppable(pace: Pace, stop: AbortSignal): Pace {
  return {
    acquire: (signal) => (stop.aborted ? Promise.reject(new UnsentError()) : pace.acquire(signal ?? stop)),
    noteAnswer: pace.noteAnswer.bind(pace),
    setMaxRate: pace.setMaxRate.bind(pace),
  };
}

/** A credential that is refused to one is refused to all who share it: as in an outage, more requests are only lost. */
function isResponse(status: number): boolean {
  return status < 500 && status !== 408 && status !== 401;
}

/** Whoever sent it waits no more. Tells so without making a signal, where there is something cheaper. */
function hasEnded(request: TransportRequest): boolean {
  return reasonOf(request) !== undefined;
}

function reasonOf(request: TransportRequest): unknown {
  return request.cancellation ? request.cancellation.reason : request.signal.reason;
}

/** The caller left; a time that ran out is the API's fault instead. */
function isGivenUp(request: TransportRequest): boolean {
  const reason = reasonOf(request);
  return reason !== undefined && !(reason instanceof Error && reason.name === "TimeoutError");
}

class NotSentError extends Error {
  override readonly name: string = "NotSentError";
  /** A transport states in this way that it certainly sent nothing. */
  readonly wasSent = "no";
}

/** Nothing was sent: the API is down, and this request was not its turn to find out whether it still is. */
class CircuitOpenError extends NotSentError {
  override readonly name = "ApiDownError";

  constructor() {
    super("the API does not answer; it is asked again from time to time");
  }
}
