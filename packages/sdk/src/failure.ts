/**
 * What an answer that was not a success means for the caller.
 *
 * - `limit`: the ticket would exceed three associations
 * - `not-found`: the ticket, or a related ticket, does not exist
 * - `forbidden`: no permission for this ticket
 * - `self-association`: a ticket cannot be associated with itself
 * - `invalid-parameter`: refused by the parameter check
 * - `unauthenticated`: token, signature or password refused
 * - `throttled`: too many requests; nothing was executed
 * - `transient`: the service failed; later it may work
 * - `unknown`: none of the documented answers, or no API at this address
 */
export type ErrorClass =
  | "limit"
  | "not-found"
  | "forbidden"
  | "self-association"
  | "invalid-parameter"
  | "unauthenticated"
  | "throttled"
  | "transient"
  | "unknown";

/**
 * Whether a failed write was executed on the server: `no` is certain, `unknown` has to be settled by listing.
 * A failed read writes nothing: always `no`.
 */
export type Execution = "no" | "yes" | "unknown";
