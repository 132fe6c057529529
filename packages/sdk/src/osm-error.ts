import type { RemovalResult } from "./association-requests.ts";
import type { Execution } from "./failure.ts";

const BRAND = Symbol.for("@caselink/sdk/OsmError");

/**
 * The part of a call that failed.
 *
 * - `arguments`: the check of the arguments, before anything else
 * - `sign-in`: obtaining a credential, from a token service or from the caller's own code
 * - `request`: the request to the API
 */
export type Phase = "arguments" | "sign-in" | "request";

/**
 * States whether the failed request left this process. `no` and `yes` are certain: a response proves `yes`, a connection that was
 * never made proves `no`.
 */
export type WasSent = "no" | "yes" | "unknown";

/** The facts that every error of this package states. */
export interface FailureFacts {
  /** Default `request`. */
  readonly phase?: Phase;
  /** Default `no`. */
  readonly wasSent?: WasSent;
  /** Default `no`. */
  readonly execution?: Execution;
  /** Default 0. */
  readonly attempts?: number;
}

/** The base class of every error that this package throws. */
export class OsmError extends Error {
  declare readonly phase: Phase;
  /** States whether the last request of the call was sent. It is `no` after a failed sign-in. */
  declare readonly wasSent: WasSent;
  /** States whether a write was executed although the call failed. */
  declare readonly execution: Execution;
  /** Requests that were made for this call, including the one that failed; 0 if the call ended before the first. */
  declare readonly attempts: number;

  /** The result of each id; only of an error of `removeAssociations` that came after its first list. */
  declare readonly removals: readonly RemovalResult[] | undefined;

  get [BRAND](): true {
    return true;
  }

  constructor(message: string, facts: FailureFacts, options?: ErrorOptions) {
    super(message, options);
    Object.assign(
      this,
      { phase: "request", wasSent: "no", execution: "no", attempts: 0 } satisfies FailureFacts,
      facts,
    );
  }
}

/** True for every error of this package, also of another copy of it, for which `instanceof` is false. */
export function isOsmError(value: unknown): value is OsmError {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** Marks an error as a failed sign-in and returns it: the request that needed the credential was not sent. */
export function toSignInFailure(error: OsmError): OsmError {
  const facts: FailureFacts = { phase: "sign-in", wasSent: "no", execution: "no" };
  return Object.assign(error, facts);
}
