import { isApiError, type ApiError } from "./api-error.ts";
import type { AssociationRemovals } from "./association-requests.ts";
import { CallSequence, idsOf, type SequenceOptions } from "./call-sequence.ts";
import { checkRemovals } from "./check-arguments.ts";
import { isConnectionError, type ConnectionError } from "./connection-error.ts";
import type { OsmClient } from "./osm-client.ts";
import { isOsmError } from "./osm-error.ts";
import type { CallFacts } from "./perform-call.ts";
import { RemovalResults } from "./removal-results.ts";
import { copyHeaders } from "./with-response.ts";

/** The result: the facts are those of the last response, but `attempts` counts all requests. */
export interface RemovedAssociations extends CallFacts {
  /** Related tickets whose association this call removed. */
  readonly removed: string[];
  /** Related tickets that were not associated, or that another caller removed meanwhile. */
  readonly absent: string[];
}

export type RemoveOptions = SequenceOptions;

/**
 * Makes sure that a ticket does not have these associations: lists them, and removes those that are there with one call for
 * each id. If a removal fails, it lists again: an id that is gone counts as reached. It removes again only after an unknown
 * outcome.
 *
 * Rejects like the client's methods, unless every id is gone. The error is that of the first id with the result `unknown`,
 * else of the first that failed; its `removals` have the result of every id, `attempts` counts all requests, and `execution` is
 * `unknown` if the result of an id is, else `yes` if an association was removed. After a failure that concerns every id
 * (sign-in, throttling, no connection, an abort), nothing more is sent.
 *
 * An association that another caller removes while the outcome is unknown counts as removed by this call.
 */
export async function removeAssociations(
  client: Pick<OsmClient, "deleteAssociation" | "listAssociations">,
  request: AssociationRemovals,
  options: RemoveOptions = {},
): Promise<RemovedAssociations> {
  checkRemovals(request);
  const { ticketId, relatedIds, groupId } = request;
  const { retries = 3 } = options;
  const calls = new CallSequence("remove associations", client, request, options);
  let results: RemovalResults | undefined;

  try {
    const listed = await calls.list();
    let last: CallFacts = listed;
    results = new RemovalResults(relatedIds, idsOf(listed));
    for (let repeats = 0; ; repeats++) {
      for (const relatedId of results.open) {
        try {
          last = await calls.count(client.deleteAssociation({ ticketId, relatedId, groupId }, options));
          results.recordRemoval(relatedId);
        } catch (error) {
          if (!isApiError(error) && !isConnectionError(error)) throw error;
          results.recordFailure(relatedId, error);
          if (concernsEveryId(error)) throw error;
        }
      }
      if (results.failure !== undefined) {
        const again = await calls.list();
        results.recordList(idsOf(again));
        last = again;
      }
      if (results.failure === undefined) return toResult(last, results, calls.attempts);
      if (results.open.length === 0 || repeats >= retries) throw results.failure;
      await calls.pause(repeats + 1);
    }
  } catch (error) {
    if (isOsmError(error)) Object.assign(error, { attempts: calls.attempts }, results?.facts);
    throw error;
  }
}

function toResult(last: CallFacts, results: RemovalResults, attempts: number): RemovedAssociations {
  const { httpStatus, requestId } = last;
  const [removed, absent] = [results.idsWith("removed"), results.idsWith("absent")];
  return copyHeaders(last, { httpStatus, requestId, attempts, removed, absent });
}

/** True if the next id would fail in the same way, or the caller does not wait for it. */
function concernsEveryId(error: ApiError | ConnectionError): boolean {
  if (error.phase === "sign-in") return true;
  if (isApiError(error)) return error.errorClass === "throttled" || error.errorClass === "unauthenticated";
  return error.execution === "no" || error.kind === "aborted";
}
