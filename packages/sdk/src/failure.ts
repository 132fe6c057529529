/**
 * The meaning of an error response for the caller.
 *
 * - `limit`: the ticket would exceed three associations
 * - `not-found`: the ticket, or a related ticket, does not exist
 * - `forbidden`: no permission for this ticket
 * - `self-association`: a ticket cannot be associated with itself
 * - `invalid-parameter`: rejected by the parameter check
 * - `unauthenticated`: token, signature or password rejected
 * - `throttled`: too many requests; nothing was executed
 * - `transient`: the service failed; the same call may succeed later
 * - `unknown`: an undocumented response, or no API at this address
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
 * The execution of a failed write on the server. `no` and `yes` are certain; after `unknown`, list the associations.
 * A failed read writes nothing: always `no`.
 */
export type Execution = "no" | "yes" | "unknown";
