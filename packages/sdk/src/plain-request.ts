import createClient, { type Client } from "openapi-fetch";
import type { AuthenticationRequest } from "./authentication.ts";
import type { paths } from "./generated/osm.ts";

/** A request as openapi-fetch builds it here: what a transport needs, without the cost of a real `Request` for every call. */
export class PlainRequest implements AuthenticationRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;

  constructor(url: string, init: { method: string; headers: Headers; body?: string }) {
    this.url = url;
    this.method = init.method;
    this.headers = init.headers;
    this.body = init.body;
  }
}

/** The API's operations, typed by its description. Every call brings its own `fetch`, which is given a `PlainRequest`. */
export function createOperations(baseUrl: string, headers: Record<string, string>): Client<paths> {
  return createClient<paths>({
    baseUrl,
    headers,
    // openapi-fetch only constructs it, and reads nothing of it but its method.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    Request: PlainRequest as unknown as typeof Request,
  });
}
