import { ApiError, isApiError } from "./api-error.ts";
import type { AssociationsRequest } from "./association-requests.ts";
import { CallSequence, idsOf, type SequenceOptions } from "./call-sequence.ts";
import { checkCreation } from "./check-arguments.ts";
import { isConnectionError, type ConnectionError } from "./connection-error.ts";
import { ASSOCIATIONS_PER_TICKET } from "./limits.ts";
import type { OsmClient } from "./osm-client.ts";
import { isOsmError } from "./osm-error.ts";
import type { CallFacts } from "./perform-call.ts";
import { copyHeaders } from "./with-response.ts";

/** The result: the facts are those of the last response, but `attempts` counts all requests. */
export interface EnsuredAssociations extends CallFacts {
  /** Related tickets that this call associated. */
  readonly created: string[];
  /** Related tickets that were already associated. */
  readonly existing: string[];
}

export type EnsureOptions = SequenceOptions;

/**
 * Makes sure that a ticket has these associations: lists them and creates the missing ones. If a create fails and may have
 * been executed, in whole or in part, it lists again. It creates again only if that failure may pass. Rejects like the
 * client's methods; `attempts` of the error counts all requests, and its `execution` is `unknown` as long as one create is.
 * Rejects with an ApiError of class `limit`, without sending a create, if the ticket would get more than three.
 *
 * An association that another caller creates while the outcome is unknown counts as created by this call.
 */
export async function ensureAssociations(
  client: Pick<OsmClient, "createAssociations" | "listAssociations">,
  request: AssociationsRequest,
  options: EnsureOptions = {},
): Promise<EnsuredAssociations> {
  checkCreation(request);
  const { retries = 3 } = options;
  const { ticketId, relatedIds } = request;
  const calls = new CallSequence("ensure associations", client, request, options);
  /** A create failed that may have been executed, and its effect was not read yet. */
  let isUnresolved = false;
  let failures = 0;

  try {
    let listed = await calls.list();
    const before = idsOf(listed);
    for (;;) {
      const present = idsOf(listed);
      const missing = relatedIds.filter((id) => !present.has(id));
      if (missing.length === 0) return toResult(listed, before);
      if (present.size + missing.length > ASSOCIATIONS_PER_TICKET)
        throw new ApiError({
          operation: calls.operation,
          ticketId,
          httpStatus: listed.httpStatus,
          errorClass: "limit",
          wasSent: "no",
          execution: relatedIds.some((id) => present.has(id) && !before.has(id)) ? "yes" : "no",
          attempts: calls.attempts,
          requestId: listed.requestId,
          remark: `it has ${present.size} of ${ASSOCIATIONS_PER_TICKET} associations and no room for ${missing.length} more`,
        });
      const failure = await create(missing, before);
      if (!isOsmError(failure)) return failure;
      const mayPass = failure.execution === "unknown";
      if (mayPass) {
        if (failures >= retries) throw failure;
        failures += 1;
        await calls.pause(failures);
      }
      listed = await calls.list();
      isUnresolved = false;
      const now = idsOf(listed);
      if (!mayPass && missing.some((id) => !now.has(id)))
        throw missing.some((id) => now.has(id)) ? Object.assign(failure, { execution: "yes" }) : failure;
    }
  } catch (error) {
    if (isOsmError(error))
      Object.assign(error, { attempts: calls.attempts }, isUnresolved ? { execution: "unknown" } : undefined);
    throw error;
  }

  /** Returns the result, or a failure after which the ticket has to be read; rejects with any other. */
  async function create(
    missing: readonly string[],
    before: ReadonlySet<string>,
  ): Promise<EnsuredAssociations | ApiError | ConnectionError> {
    try {
      return toResult(
        await calls.count(client.createAssociations({ ...request, relatedIds: missing }, options)),
        before,
      );
    } catch (error) {
      if (!mayBeExecuted(error, missing)) throw error;
      isUnresolved = true;
      return error;
    }
  }

  function toResult(last: CallFacts, before: ReadonlySet<string>): EnsuredAssociations {
    const { httpStatus, requestId } = last;
    const created = relatedIds.filter((id) => !before.has(id));
    const existing = relatedIds.filter((id) => before.has(id));
    return copyHeaders(last, { httpStatus, requestId, attempts: calls.attempts, created, existing });
  }
}

/**
 * True if the ticket has to be read after a failed create. It is not documented that a rejected create of several ids
 * creates none of them. A caller that aborted does not wait for a read.
 */
function mayBeExecuted(error: unknown, missing: readonly string[]): error is ApiError | ConnectionError {
  if (isConnectionError(error)) return error.execution !== "no" && error.kind !== "aborted";
  if (!isApiError(error)) return false;
  const isRejected = error.errorClass !== "throttled" && error.errorClass !== "unauthenticated";
  return error.execution !== "no" || (isRejected && missing.length > 1);
}
