import type { Execution } from "./failure.ts";
import { isOsmError, OsmError, type Phase, type WasSent } from "./osm-error.ts";

/**
 * - `refused`: nothing listens at the address
 * - `dns`: the host name has no address
 * - `untrusted`: the server's certificate is not trusted; it is not tried again
 * - `reset`: the connection broke while the request was in flight
 * - `timeout`: there was no response in time
 * - `aborted`: the caller's signal ended the call
 * - `throttled`: not sent: the API's limit allows no request for more than a minute, see `retryAfterMs`
 * - `unsent`: the transport states that it did not send the request
 * - `unreadable`: a response came, but its body cannot be decoded, for example because its gzip data is damaged
 * - `network`: anything else between here and the server
 */
export type ConnectionErrorKind =
  | "refused"
  | "dns"
  | "untrusted"
  | "reset"
  | "timeout"
  | "aborted"
  | "throttled"
  | "unsent"
  | "unreadable"
  | "network";

export interface ConnectionErrorFacts {
  readonly operation: string;
  readonly ticketId?: string | undefined;
  /** The URL that was called, for the message. */
  readonly address?: string | undefined;
  readonly kind: ConnectionErrorKind;
  readonly execution: Execution;
  readonly attempts: number;
  readonly cause: unknown;
  /** More for the message, such as the system's error code. */
  readonly detail?: string | undefined;
  /** The time until the API's limit allows the next request, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Default `request`. */
  readonly phase?: Phase;
  /** Default `unknown`. */
  readonly wasSent?: WasSent;
}

const KIND_TEXT: Record<ConnectionErrorKind, string> = {
  refused: "connection refused",
  dns: "host name not found",
  untrusted: "certificate not trusted",
  reset: "connection lost",
  timeout: "no response in time",
  aborted: "aborted by the caller",
  throttled: "not sent",
  unsent: "not sent",
  unreadable: "response cannot be decoded",
  network: "server not reached",
};

/** There was no response that can be read. `execution` says whether a write may have been executed. */
export class ConnectionError extends OsmError {
  override readonly name = "ConnectionError";
  declare readonly kind: ConnectionErrorKind;
  /** The time until the API's limit allows the next request, in milliseconds; only with the kind `throttled`. */
  declare readonly retryAfterMs?: number | undefined;
  /** For example `list associations of case-123`, as in hooks and logs. */
  declare readonly operation: string;
  /** The ticket of the path; undefined if a sign-in failed. */
  declare readonly ticketId: string | undefined;

  constructor({ cause, address, detail, ...facts }: ConnectionErrorFacts) {
    const during = facts.phase === "sign-in" ? " while signing in" : "";
    const more = detail === undefined ? "" : ` (${detail})`;
    const at = address === undefined ? "" : ` at ${address}`;
    super(
      `${facts.operation}${at}: ${KIND_TEXT[facts.kind]}${during}${more}`,
      { wasSent: "unknown", ...facts },
      { cause },
    );
  }
}

/** True also for an error of another copy of this package, for which `instanceof` is false. */
export function isConnectionError(value: unknown): value is ConnectionError {
  return isOsmError(value) && value.name === "ConnectionError";
}
