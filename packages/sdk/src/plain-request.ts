import createClient, { type Client } from "openapi-fetch";
import type { AuthenticationRequest, RequestHeaders } from "./authentication.ts";
import type { paths } from "./generated/osm.ts";

/** The request that openapi-fetch constructs: only the parts that a transport needs, because a real `Request` costs more. */
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

/** Costs less than `Headers`: it does not check names, and the values are already checked. */
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

/** The API's operations, typed by its description. Every call passes its own `fetch`, which gets a `PlainRequest`. */
export function createOperations(baseUrl: string): Client<paths> {
  return createClient<paths>({
    baseUrl,
    // The operations have one parameter in the path and no query, and the general serializers cost time.
    pathSerializer: (path, values) => path.replace(/{\w+}/, encodeURIComponent(String(Object.values(values)[0]))),
    querySerializer: () => "",
    // openapi-fetch only constructs it and reads its method.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    Request: PlainRequest as unknown as typeof Request,
  });
}
