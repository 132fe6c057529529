import { redact, type Authentication } from "./authentication.ts";
import { ConnectionError } from "./connection-error.ts";
import { readConnectionFailure } from "./connection-failure.ts";
import { Deadline } from "./deadline.ts";
import { isOsmError, toSignInFailure, type Phase } from "./osm-error.ts";
import type { PlainRequest } from "./plain-request.ts";
import type { Transport, HttpResponse } from "./transport.ts";

/** What openapi-fetch is given for one attempt, and what it makes of the answer. */
interface AttemptInit {
  readonly fetch: (request: unknown) => Promise<Response>;
  readonly parseAs: "text";
}
export type Send = (init: AttemptInit) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

export interface AttemptSettings {
  readonly transport: Transport;
  readonly authentication: Authentication;
  /** Called before the request gets its credential. */
  readonly beforeRequest?: ((request: PlainRequest) => Promise<void> | void) | undefined;
}

export interface ParsedResponse {
  readonly request: PlainRequest;
  readonly ok: boolean;
  readonly httpStatus: number;
  readonly headers: HttpResponse["headers"];
  /** The JSON of the body; undefined when it is empty. */
  readonly body: unknown;
  /** False when the body is neither JSON nor empty. */
  readonly isJson: boolean;
  /** From sending the request to the end of its answer. */
  readonly elapsedMs: number;
}

/**
 * Sends once and reads the answer, whatever its status.
 * @throws ConnectionError if no complete response came. An OsmError of `authorize` passes as a failed sign-in, any other
 * error unchanged.
 */
export async function attempt(
  send: Send,
  settings: AttemptSettings,
  facts: { isWrite: boolean; attempts: number; timeoutMs: number },
  outer: AbortSignal | Deadline | undefined,
): Promise<ParsedResponse> {
  const deadline = new Deadline(facts.timeoutMs, outer);
  const { transport, authentication, beforeRequest } = settings;
  let request: PlainRequest | undefined;
  let sentAt: number | undefined;
  let phase = "request" as Phase;
  const exchange = async (plain: PlainRequest): Promise<Response> => {
    request = plain;
    const hooked = beforeRequest?.(plain);
    if (hooked !== undefined) await hooked;
    phase = "sign-in";
    const pending = authentication.authorize(plain, deadline);
    if (pending !== undefined) await pending;
    phase = "request";
    if (deadline.ended) throw deadline.reason;
    sentAt = performance.now();
    const answer = await transport(plain.url, {
      method: plain.method,
      headers: plain.headers.all(),
      body: plain.body ?? null,
      get signal() {
        return deadline.signal;
      },
      cancellation: deadline,
      redirect: "manual",
    });
    // openapi-fetch reads nothing else of it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return answer as Response;
  };
  try {
    const { data, error, response } = await send({ fetch: exchange as AttemptInit["fetch"], parseAs: "text" });
    const text = response.ok ? data : error;
    const { body, isJson } = typeof text === "string" ? parseJson(text) : { body: text, isJson: true };
    return {
      // It was answered, so it was made.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      request: request as unknown as PlainRequest,
      ok: response.ok,
      httpStatus: response.status,
      headers: response.headers,
      body,
      isJson,
      elapsedMs: performance.now() - (sentAt ?? 0),
    };
  } catch (cause) {
    if (sentAt === undefined) {
      if (isOsmError(cause)) throw phase === "sign-in" ? toSignInFailure(cause) : cause;
      if (!deadline.ended) throw cause;
    }
    const fault = readConnectionFailure(cause);
    // What the transport says of itself; where the deadline ended the request, the cause is the deadline's own reason.
    const wasSent = sentAt === undefined ? "no" : fault.wasSent;
    throw new ConnectionError({
      operation: request === undefined ? "request" : `${request.method} ${request.url}`,
      kind: deadline.ended ?? fault.kind,
      phase,
      wasSent,
      execution: facts.isWrite ? wasSent : "no",
      attempts: facts.attempts,
      cause: deadline.ended ? deadline.reason : cause,
      detail: fault.detail,
    });
  } finally {
    deadline.clear();
  }
}

/** Method and path, for messages. */
export function describe({ method, url }: PlainRequest): string {
  return `${method} ${new URL(url).pathname}`;
}

/** One line, of a bearable length, without credentials. */
export function clean(request: PlainRequest, text: string | undefined): string | undefined {
  return text === undefined
    ? undefined
    : redact(text, request.headers)
        .replaceAll(/[\p{Cc}\s]+/gu, " ")
        .slice(0, 500);
}

function parseJson(text: string): { body: unknown; isJson: boolean } {
  try {
    return { body: JSON.parse(text), isJson: true };
  } catch {
    return { body: undefined, isJson: text.trim() === "" };
  }
}
