/** A request as it goes to the transport: plain, so that no real `Request` is built for every call. */
export interface TransportRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Redirects are never followed: the credential is meant for the endpoint alone. */
  readonly redirect: "manual";
}

/** What the client reads of an answer. A `Response` is one. */
export interface TransportAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** What carries the requests. The global `fetch` is one, `createNodeTransport` of `@caselink/sdk/node` makes another. */
export type Transport = (url: string, request: TransportRequest) => Promise<TransportAnswer>;
