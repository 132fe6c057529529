/** A request for the transport. It is a plain object because a real `Request` for every call would cost more. */
export interface TransportRequest {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly signal: AbortSignal;
  /** The same as `signal` at a lower cost, for transports that do not need a real AbortSignal. */
  readonly cancellation?: Cancellation;
  /** Redirects are never followed: the credential is for the endpoint only. */
  readonly redirect: "manual";
}

/** The part of an `AbortSignal` that HTTP clients use. */
export interface Cancellation {
  /** Undefined before the end. */
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The part of a response that the client reads. A `Response` of `fetch` has it. */
export interface HttpResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: ResponseHeaders;
  text(): Promise<string>;
}

/** The headers of a response; names in any case. */
export interface ResponseHeaders {
  get(name: string): string | null;
}

/**
 * Carries the requests. The global `fetch` is one, `createNodeTransport` of `@caselink/sdk/node` makes another.
 *
 * A transport of your own that certainly did not send the request states so in the error that it rejects with: a property
 * `wasSent` with the value `"no"`. The call then fails with a ConnectionError of kind `unsent`, and even a write is retried.
 */
export interface Transport {
  (url: string, request: TransportRequest): Promise<HttpResponse>;
  /**
   * True if it reads `cancellation` and neither needs nor copies `signal`, whose provision costs a twentieth of a call. Then
   * `signal` is no property of the request's own.
   */
  readonly readsCancellation?: boolean | undefined;
}
