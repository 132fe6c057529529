import createClient, { type Client } from "openapi-fetch";
import type { AuthenticationRequest, RequestHeaders } from "./authentication.ts";
import type { paths } from "./generated/osm.ts";

/** A request as openapi-fetch builds it here: what a transport needs, without the cost of a real `Request` for every call. */
export class PlainRequest implements AuthenticationRequest {
  readonly url: string;
  readonly method: string;
  readonly headers = new PlainHeaders();
  readonly body: string | undefined;

  constructor(url: string, init: { method: string; body?: string }) {
    this.url = url;
    this.method = init.method;
    this.body = init.body;
    if (init.body !== undefined) this.headers.set("content-type", "application/json");
  }
}

/** Cheaper than `Headers`: names are not checked, and values were before. */
class PlainHeaders implements RequestHeaders {
  readonly #values: Record<string, string> = {};

  get(name: string): string | null {
    return this.#values[name.toLowerCase()] ?? null;
  }
  set(name: string, value: string): void {
    this.#values[name.toLowerCase()] = value;
  }
  has(name: string): boolean {
    return this.get(name) !== null;
  }
  delete(name: string): void {
    delete this.#values[name.toLowerCase()];
  }
  all(): Record<string, string> {
    return this.#values;
  }
}

/** The API's operations, typed by its description. Every call brings its own `fetch`, which is given a `PlainRequest`. */
export function createOperations(baseUrl: string): Client<paths> {
  return createClient<paths>({
    baseUrl,
    // The operations have one parameter in the path and no query, and the general serializers cost time.
    pathSerializer: (path, values) => path.replace(/{\w+}/, encodeURIComponent(String(Object.values(values)[0]))),
    querySerializer: () => "",
    // openapi-fetch only constructs it, and reads nothing of it but its method.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    Request: PlainRequest as unknown as typeof Request,
  });
}
