/** The types of what orders, tasks and reports say about access to the API. Pure: workflow code imports this module. */

/** Why there is no progress although no row is at fault. */
export interface WaitReason {
  /**
   * `credentials`: the API rejects the credentials. `permission`: this account has no permission to use the API.
   * `endpoint`: there is no such API at this address. `unavailable`: the API cannot be reached or is failing.
   * `slow-down`: the API asks for fewer requests. `behaviour`: it does not behave as documented. `worker`: the worker
   * cannot read the batch.
   */
  kind: "credentials" | "permission" | "endpoint" | "unavailable" | "slow-down" | "behaviour" | "worker";
  /** One line for people; never a secret, nor the id of a ticket. */
  reason: string;
  /** The row whose ticket shows it, as the ledger numbers the rows of the batch. */
  row?: number;
  code?: string;
  httpStatus?: number;
  /** No worker of the batch's account takes a chunk: no failure, so this time does not count towards giving up. */
  hasNoWorker?: true;
  /** The kind of rejection that proves it: acceptance of another ticket refutes it. */
  rejection?: string;
  /** The time until the API accepts requests again, in milliseconds from the report, if it is longer than a turn waits for. */
  retryAfterMs?: number;
}

/**
 * A proof that an account may use the API. `read` and `write`: the API took such a request, perhaps to reject it because of the
 * ticket itself. `success`: a write was executed.
 */
export type Acceptance = "read" | "write" | "success";

/** Tickets of a chunk with a rejection that may concern the whole batch. */
export interface RejectionsSeen {
  /** `read` or `write` and the source of the rejection, or `code` and an undocumented code. */
  kind: string;
  /** Different tickets of the chunk, in one turn. */
  tickets: number;
  /** Why the batch waits if it concerns the batch. */
  reason: WaitReason;
}

/** The acceptances and rejections that the turns of a batch reported since the last resume. */
export interface AccessState {
  accepted: Acceptance[];
  /** The kinds of rejections, in the order in which they came. `tickets`: the most that each chunk has reported, by its name. */
  kinds: Record<string, { reason: WaitReason; tickets: Record<string, number>; isForBatch?: true }>;
}
