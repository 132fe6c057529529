import { createOsmClient, type Authentication, type OsmClientOptions, type Pace, type Transport } from "@caselink/sdk";
import { ApiHealth, type Sign } from "./api-health.ts";
import type { AssociationsApi } from "./chunk/operation.ts";
import { SignInError } from "./chunk/verdict.ts";

/**
 * Opens the API for one chunk. `beforeWrite` is awaited right before each write is sent; where it throws, nothing is sent.
 * `pace`: the batch's part of the process's pace, instead of all of it.
 */
export interface ApiConnector {
  /** Base URL of the API, for messages. */
  readonly endpoint: string;
  connect(beforeWrite: () => Promise<void>, pace?: Pace): AssociationsApi;
  /** How long a request may take from `beforeWrite` to its end. */
  readonly requestLimitMs: number;
}

export type ApiConnectorOptions = Omit<OsmClientOptions, "timeoutMs"> & {
  /** Milliseconds for each attempt of a call, default 15,000: the longer, the longer a lane waits after a crash. */
  timeoutMs?: number;
};

/** The API as chunks see it: all of a process share its pace, its connections and its health. */
export function createApiConnector(options: ApiConnectorOptions): ApiConnector {
  const { timeoutMs = 15_000 } = options;
  const send: Transport = options.fetch ?? globalThis.fetch;
  // Shorter than the attempt's own time: then it surely was not sent.
  const waitMs = timeoutMs * 0.8;
  const auth = toldApart(options.auth);
  const health = new ApiHealth(() => performance.now());
  return {
    endpoint: options.endpoint,
    requestLimitMs: timeoutMs,
    connect(beforeWrite, pace) {
      const transport: Transport = async (url, request) => {
        for (let pause = health.pause(waitMs); pause; pause = health.pause(waitMs)) {
          if (!(await pause)) throw new ApiDownError();
        }
        const note = health.admit();
        if (!note) throw new ApiDownError();
        let sign: Sign = "none";
        try {
          if (request.method !== "GET") await beforeWrite();
          sign = "failure";
          const answer = await send(url, request);
          if (isAnswer(answer.status)) sign = "answer";
          return answer;
        } finally {
          note(isGivenUp(request.signal) ? "none" : sign);
        }
      };
      return createOsmClient({ ...options, ...(pace && { pace }), auth, timeoutMs, fetch: transport });
    },
  };
}

/** Makes a credential that cannot be had its own kind of failure: it is the fault of no ticket. */
function toldApart(auth: Authentication): Authentication {
  // One that takes no signal asks nobody.
  if (auth.authorize.length < 2) return auth;
  return {
    async authorize(request, signal) {
      try {
        await auth.authorize(request, signal);
      } catch (error) {
        throw new SignInError(error);
      }
    },
    ...(auth.invalidate && { invalidate: auth.invalidate.bind(auth) }),
    ...(auth.noteServerTime && { noteServerTime: auth.noteServerTime.bind(auth) }),
  };
}

/** A credential that is refused to one is refused to all who share it: as in an outage, more requests are only lost. */
function isAnswer(status: number): boolean {
  return status < 500 && status !== 408 && status !== 401;
}

/** The caller left; a time that ran out is the API's fault instead. */
function isGivenUp(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof Error && signal.reason.name === "TimeoutError");
}

/** Nothing was sent: the API is down, and this request was not its turn to find out whether it still is. */
class ApiDownError extends Error {
  override readonly name = "ApiDownError";
  /** How a transport says that it surely sent nothing. */
  readonly code = "ECONNREFUSED";

  constructor() {
    super("the API does not answer; it is asked again from time to time");
  }
}
