import { redact, type Authentication } from "./authentication.ts";
import { isApiError } from "./api-error.ts";
import { ConnectionError, isConnectionError } from "./connection-error.ts";
import { readConnectionFault } from "./connection-fault.ts";
import { startDeadline, type Deadline } from "./deadline.ts";
import { PlainRequest } from "./plain-request.ts";
import type { Transport, TransportAnswer } from "./transport.ts";

/** What openapi-fetch is given for one attempt, and what it makes of the answer. */
export interface AttemptInit {
  readonly fetch: (request: unknown) => Promise<Response>;
  readonly parseAs: "text";
  readonly signal: AbortSignal;
}
export type Send = (init: AttemptInit) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

export interface AttemptSettings {
  readonly transport: Transport;
  readonly authentication: Authentication;
  readonly timeoutMs: number;
}

export interface Answer {
  readonly request: PlainRequest;
  /** Method and path, for messages. */
  readonly operation: string;
  readonly ok: boolean;
  readonly httpStatus: number;
  readonly headers: TransportAnswer["headers"];
  /** The JSON of the body; undefined when it is empty. */
  readonly body: unknown;
  /** False when the body is neither JSON nor empty. */
  readonly isJson: boolean;
  /** The text without credentials. */
  redact(text: string): string;
}

/**
 * Sends once and reads the answer, whatever its status.
 * @throws ConnectionError when no whole answer came; what `authorize` rejects with passes unchanged.
 */
export async function attempt(
  send: Send,
  settings: AttemptSettings,
  facts: { isWrite: boolean; attempts: number },
  callerSignal: AbortSignal | undefined,
): Promise<Answer> {
  const deadline = startDeadline(settings.timeoutMs, callerSignal);
  let request: PlainRequest | undefined;
  let isSent = false;
  const exchange = async (plain: unknown): Promise<Response> => {
    if (!(plain instanceof PlainRequest)) throw new TypeError("The operations were not made by createOperations.");
    request = plain;
    await settings.authentication.authorize(plain, deadline.signal);
    deadline.signal.throwIfAborted();
    isSent = true;
    const { transport } = settings;
    const answer = await transport(plain.url, {
      method: plain.method,
      headers: plain.headers,
      signal: deadline.signal,
      redirect: "manual",
      ...(plain.body === undefined ? {} : { body: plain.body }),
    });
    // openapi-fetch reads nothing else of it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return answer as Response;
  };
  try {
    const sent = await send({ fetch: exchange, parseAs: "text", signal: deadline.signal });
    if (request === undefined) throw new TypeError("The call was answered without a request.");
    return toAnswer(sent, request);
  } catch (error) {
    if (!isSent && (isApiError(error) || isConnectionError(error) || deadline.ended() === undefined)) throw error;
    throw toConnectionError(error, { ...facts, deadline, request, isSent });
  } finally {
    deadline.clear();
  }
}

function toAnswer(sent: Awaited<ReturnType<Send>>, request: PlainRequest): Answer {
  const { response } = sent;
  const { body, isJson } = response.ok
    ? parseJson(sent.data)
    : { body: sent.error, isJson: typeof sent.error !== "string" };
  return {
    request,
    operation: `${request.method} ${new URL(request.url).pathname}`,
    ok: response.ok,
    httpStatus: response.status,
    headers: response.headers,
    body: isJson ? body : undefined,
    isJson,
    redact: (text) => redact(text, request.headers),
  };
}

function parseJson(text: unknown): { body: unknown; isJson: boolean } {
  if (typeof text !== "string" || text.trim() === "") return { body: undefined, isJson: true };
  try {
    return { body: JSON.parse(text), isJson: true };
  } catch {
    return { body: undefined, isJson: false };
  }
}

function toConnectionError(
  cause: unknown,
  facts: {
    isWrite: boolean;
    attempts: number;
    deadline: Deadline;
    request: PlainRequest | undefined;
    isSent: boolean;
  },
): ConnectionError {
  const { isWrite, attempts, deadline, request, isSent } = facts;
  const fault = readConnectionFault(cause);
  const kind = deadline.ended() ?? fault.kind;
  const isUnsent = !isSent || (deadline.ended() === undefined && fault.isUnsent);
  return new ConnectionError({
    operation: request === undefined ? "request" : `${request.method} ${request.url}`,
    kind,
    execution: !isWrite || isUnsent ? "no" : "unknown",
    attempts,
    cause: deadline.ended() === undefined ? cause : deadline.signal.reason,
    detail: fault.code,
  });
}
