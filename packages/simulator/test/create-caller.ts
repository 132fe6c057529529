import type { Simulator } from "../src/index.ts";

/** A complete response. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined if there is none. */
  readonly body: Record<string, unknown> | undefined;
}

export interface CallOptions {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

const TOKEN_HEADERS = { "x-auth-token": "demo-token" };

/** Calls the simulator as any client would: over real HTTP, with JSON written by hand. */
export function createCaller(simulator: Pick<Simulator, "url">) {
  const send = async (method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Reply> => {
    const response = await fetch(`${simulator.url}${path}`, {
      method,
      headers: { "content-type": "application/json", ...TOKEN_HEADERS, ...options.headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === "" ? undefined : JSON.parse(text),
    };
  };
  return {
    send,
    create: (ticket: string, relatedIds: readonly string[], options?: CallOptions) =>
      send("POST", pathOf(ticket), { related_id_list: relatedIds, group_id: "G1" }, options),
    list: (ticket: string, options?: CallOptions) => send("GET", pathOf(ticket), undefined, options),
    remove: (ticket: string, related: string, options?: CallOptions) =>
      send("DELETE", pathOf(ticket), { related_id: related, group_id: "G1" }, options),
    requestToken: (user = { name: "demo", password: "demo-password", domain: "demo" }, options?: CallOptions) =>
      send(
        "POST",
        "/v3/auth/tokens",
        {
          auth: {
            identity: {
              methods: ["password"],
              password: { user: { name: user.name, password: user.password, domain: { name: user.domain } } },
            },
            scope: { domain: { name: user.domain } },
          },
        },
        options,
      ),
  };
}

export function pathOf(ticket: string): string {
  return `/v2/servicerequest/cases/${encodeURIComponent(ticket)}/relations`;
}

/** The related tickets in the response to a list. */
export function listedIds(reply: Reply): unknown[] {
  const list = reply.body?.["case_relation_list"];
  return Array.isArray(list) ? list.map((related: { case_id?: string }) => related.case_id) : [];
}

/** The code of the network error that `call` fails with; throws if the call succeeds. */
export async function networkErrorOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => new Error("the call was answered"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new TypeError(`not an Error: ${String(error)}`);
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}
