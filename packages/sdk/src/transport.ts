/** A request as it goes to the transport: plain, so that no real `Request` is built for every call. */
export interface TransportRequest {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly signal: AbortSignal;
  /** The same as `signal` at a lower price, for transports that need no real one. */
  readonly cancellation?: Cancellation;
  /** Redirects are never followed: the credential is meant for the endpoint alone. */
  readonly redirect: "manual";
}

/** As much of an `AbortSignal` as HTTP clients use. */
export interface Cancellation {
  /** Undefined until it ended. */
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What the client reads of an answer. A `Response` is one. */
export interface HttpResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: ResponseHeaders;
  text(): Promise<string>;
}

/** An answer's headers; names in any case. */
export interface ResponseHeaders {
  get(name: string): string | null;
}

/**
 * Carries the requests. The global `fetch` is one, `createNodeTransport` of `@caselink/sdk/node` makes another.
 *
 * A transport of your own that certainly did not send the request states so in the error that it rejects with: a property
 * `wasSent` with the value `"no"`. The call then fails with a ConnectionError of kind `unsent`, and even a write is retried.
 */
export type Transport = (url: string, request: TransportRequest) => Promise<HttpResponse>;
