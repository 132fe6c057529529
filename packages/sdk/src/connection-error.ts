import type { Execution } from "./failure.ts";

const BRAND = Symbol.for("@caselink/sdk/ConnectionError");

/**
 * - `refused`: nobody listens at the address
 * - `dns`: the host name has no address
 * - `reset`: the connection broke while the call was under way
 * - `timeout`: no answer in time
 * - `aborted`: the caller's signal ended the call
 * - `network`: anything else between here and the server
 */
export type ConnectionErrorKind = "refused" | "dns" | "reset" | "timeout" | "aborted" | "network";

export interface ConnectionErrorFacts {
  /** What was asked, for the message: method and URL. */
  readonly operation: string;
  readonly kind: ConnectionErrorKind;
  readonly execution: Execution;
  readonly attempts: number;
  readonly cause: unknown;
  /** More for the message, such as the system's error code. */
  readonly detail?: string | undefined;
}

const KIND_TEXT: Record<ConnectionErrorKind, string> = {
  refused: "connection refused",
  dns: "host name not found",
  reset: "connection lost",
  timeout: "no answer in time",
  aborted: "aborted by the caller",
  network: "server not reached",
};

/** No answer came. `execution` says whether a write may have been executed all the same. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  declare readonly kind: ConnectionErrorKind;
  declare readonly execution: Execution;
  /** Requests that were made for this call; 0 when it ended before the first. */
  declare readonly attempts: number;

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  constructor({ operation, cause, detail, ...facts }: ConnectionErrorFacts) {
    super(`${operation}: ${KIND_TEXT[facts.kind]}${detail === undefined ? "" : ` (${detail})`}`, { cause });
    Object.assign(this, facts);
  }
}

/** Holds across two copies of this package, where `instanceof` does not. */
export function isConnectionError(value: unknown): value is ConnectionError {
  return typeof value === "object" && value !== null && BRAND in value;
}
