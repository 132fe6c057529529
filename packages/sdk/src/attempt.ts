import type { Authentication } from "./authentication.ts";
import { passClockGate, recordServerTime } from "./clock-gate.ts";
import { checkHeaderValue } from "./check-arguments.ts";
import { ConnectionError } from "./connection-error.ts";
import { readConnectionFailure } from "./connection-failure.ts";
import { Deadline, untilCancelled } from "./deadline.ts";
import { isOsmError, toSignInFailure, type Phase } from "./osm-error.ts";
import type { PlainRequest } from "./plain-request.ts";
import { redact, redactCause, secretsIn } from "./redaction.ts";
import type { HttpResponse, Transport, TransportRequest } from "./transport.ts";

/** The options that openapi-fetch gets for one attempt. */
interface AttemptInit {
  readonly fetch: (request: unknown) => Promise<Response>;
  readonly parseAs: "text";
}
/** Sends one request through openapi-fetch. */
export type Send = (init: AttemptInit) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

export interface AttemptSettings {
  readonly transport: Transport;
  readonly authentication: Authentication;
  /** The caller's headers; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Called before the request gets its credential. */
  readonly beforeRequest?: ((request: PlainRequest) => Promise<void> | void) | undefined;
  /** Secrets in the body of the request. Those in its headers are known. */
  readonly secrets?: readonly string[] | undefined;
}

export interface ParsedResponse {
  readonly request: PlainRequest;
  readonly ok: boolean;
  readonly httpStatus: number;
  readonly headers: HttpResponse["headers"];
  /** The JSON of the body; undefined if the body is empty. */
  readonly body: unknown;
  /** False if the body is neither JSON nor empty. */
  readonly isJson: boolean;
  /** The body as openapi-fetch gives it: text, or the JSON of an error response. */
  readonly content: unknown;
  /** From sending the request to the end of the response. */
  readonly elapsedMs: number;
}

/**
 * Sends one request and reads the response, whatever its status.
 * @throws ConnectionError if no complete response came. An OsmError of `authorize` passes as a failed sign-in, any other
 * error unchanged.
 */
export async function attempt(
  send: Send,
  settings: AttemptSettings,
  facts: {
    readonly operation: string;
    readonly ticketId?: string;
    readonly isWrite: boolean;
    readonly attempts: number;
    readonly timeoutMs: number;
  },
  outer: AbortSignal | Deadline | undefined,
): Promise<ParsedResponse> {
  const deadline = new Deadline(facts.timeoutMs, outer);
  const { transport, authentication, headers, beforeRequest } = settings;
  let request: PlainRequest | undefined;
  let sentAt: number | undefined;
  let leaveGate: (() => void) | undefined;
  let phase = "request" as Phase;
  const exchange = async (plain: PlainRequest): Promise<Response> => {
    request = plain;
    for (const name in headers) plain.headers.set(name, headers[name] as string);
    const hooked = beforeRequest?.(plain);
    if (hooked !== undefined) await untilCancelled(hooked, deadline);
    phase = "sign-in";
    const gate = passClockGate(authentication, deadline);
    if (gate !== undefined) leaveGate = await gate;
    const pending = authentication.authorize(plain, deadline);
    if (pending !== undefined) await untilCancelled(pending, deadline);
    phase = "request";
    if (deadline.ended) throw deadline.reason;
    const all = plain.headers.all();
    for (const name in all) {
      const value = all[name];
      // The caller's own were checked when they were given.
      if (value && value !== headers[name]) checkHeaderValue(name, value);
    }
    sentAt = performance.now();
    const sent = new SentRequest(plain, deadline);
    const response = await transport(plain.url, transport.readsCancellation ? sent : toOwnSignal(sent));
    recordServerTime(authentication, response);
    // openapi-fetch reads only these members of it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return response as Response;
  };
  try {
    const { data, error, response } = await send({ fetch: exchange as AttemptInit["fetch"], parseAs: "text" });
    const content = response.ok ? data : error;
    const { body, isJson } = typeof content === "string" ? parseJson(content) : { body: content, isJson: true };
    return {
      // A response proves that the request was made.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      request: request as unknown as PlainRequest,
      ok: response.ok,
      httpStatus: response.status,
      headers: response.headers,
      body,
      isJson,
      content,
      elapsedMs: performance.now() - (sentAt ?? 0),
    };
  } catch (cause) {
    // The reason of an abort may be any error, also one of another call: it says nothing about this one.
    const isReason = deadline.ended !== undefined && cause === deadline.reason;
    if (sentAt === undefined && !isReason) {
      if (isOsmError(cause)) throw phase === "sign-in" ? toSignInFailure(cause) : cause;
      if (!deadline.ended) throw cause;
    }
    const failure = readConnectionFailure(isReason ? undefined : cause);
    const secrets = [...(settings.secrets ?? []), ...secretsIn(request?.headers.all() ?? {})];
    const wasSent = sentAt === undefined ? "no" : failure.wasSent;
    throw new ConnectionError({
      operation: facts.operation,
      ticketId: facts.ticketId,
      address: request?.url,
      kind: deadline.ended ?? failure.kind,
      phase,
      wasSent,
      execution: facts.isWrite ? wasSent : "no",
      attempts: facts.attempts,
      // The caller's own reason is passed on as it is.
      cause: deadline.ended ? deadline.reason : redactCause(cause, secrets),
      detail: failure.detail === undefined ? undefined : redact(failure.detail, secrets),
    });
  } finally {
    deadline.clear();
    leaveGate?.();
  }
}

class SentRequest implements TransportRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly cancellation: Deadline;
  readonly redirect = "manual";

  constructor({ method, headers, body }: PlainRequest, cancellation: Deadline) {
    this.method = method;
    this.headers = headers.all();
    this.body = body ?? null;
    this.cancellation = cancellation;
  }

  get signal(): AbortSignal {
    return this.cancellation.signal;
  }
}

/** A copy whose signal is copied, too, if a transport makes copies; made when it is read. */
const toOwnSignal = (sent: SentRequest): TransportRequest => ({
  method: sent.method,
  headers: sent.headers,
  body: sent.body,
  cancellation: sent.cancellation,
  redirect: sent.redirect,
  get signal() {
    return sent.signal;
  },
});

/** The text without secrets, in one line of at most 500 characters. @param more secrets of the request's body */
export function clean(
  { headers }: PlainRequest,
  text: string | undefined,
  more: readonly string[] = [],
): string | undefined {
  return text === undefined
    ? undefined
    : redact(text, [...more, ...secretsIn(headers.all())])
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
