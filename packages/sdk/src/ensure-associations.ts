import { ApiError, isApiError } from "./api-error.ts";
import { backoffMs } from "./backoff.ts";
import { checkCreation } from "./check-arguments.ts";
import { ConnectionError, isConnectionError } from "./connection-error.ts";
import { ASSOCIATIONS_PER_TICKET } from "./limits.ts";
import type { AssociationsRequest } from "./association-requests.ts";
import type { CallOptions, OsmClient } from "./osm-client.ts";
import type { CallFacts } from "./perform-call.ts";
import { isOsmError } from "./osm-error.ts";
import { sleep as realSleep, type Sleep } from "./sleep.ts";
import { copyHeaders } from "./with-response.ts";

/** The result: the facts are those of the last response, but `attempts` counts all requests. */
export interface EnsuredAssociations extends CallFacts {
  /** Related tickets that this call associated. */
  readonly created: string[];
  /** Related tickets that were already associated. */
  readonly existing: string[];
}

export interface EnsureOptions extends CallOptions {
  /** Maximum retries of each of its calls, and how many times to list and create again after an unknown outcome; default 3. */
  readonly retries?: number | undefined;
  /** For tests: numbers from 0 to 1; default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** For tests: default `setTimeout`. */
  readonly sleep?: Sleep | undefined;
}

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
  const { retries = 3, random = Math.random, sleep = realSleep } = options;
  const { ticketId, relatedIds } = request;
  const operation = `ensure associations of ${ticketId}`;
  let attempts = 0;
  /** A create failed that may have been executed, and its effect was not read yet. */
  let isUnresolved = false;
  let failures = 0;

  try {
    let listed = await list();
    const before = idsOf(listed);
    for (;;) {
      const present = idsOf(listed);
      const missing = relatedIds.filter((id) => !present.has(id));
      if (missing.length === 0) return toResult(listed, before);
      if (present.size + missing.length > ASSOCIATIONS_PER_TICKET)
        throw new ApiError({
          operation,
          ticketId,
          httpStatus: listed.httpStatus,
          errorClass: "limit",
          wasSent: "no",
          execution: relatedIds.some((id) => present.has(id) && !before.has(id)) ? "yes" : "no",
          attempts,
          requestId: listed.requestId,
          remark: `it has ${present.size} associations, and ${missing.length} more would exceed ${ASSOCIATIONS_PER_TICKET}`,
        });
      const failure = await create(missing, before);
      if (!isOsmError(failure)) return failure;
      const mayPass = failure.execution === "unknown";
      if (mayPass) {
        if (failures >= retries) throw failure;
        failures += 1;
        await wait(backoffMs(failures, random));
      }
      listed = await list();
      isUnresolved = false;
      const now = idsOf(listed);
      if (!mayPass && missing.some((id) => !now.has(id)))
        throw missing.some((id) => now.has(id)) ? Object.assign(failure, { execution: "yes" }) : failure;
    }
  } catch (error) {
    if (isOsmError(error)) Object.assign(error, { attempts }, isUnresolved ? { execution: "unknown" } : undefined);
    throw error;
  }

  /** Returns the result, or a failure after which the ticket has to be read; rejects with any other. */
  async function create(
    missing: readonly string[],
    before: ReadonlySet<string>,
  ): Promise<EnsuredAssociations | ApiError | ConnectionError> {
    try {
      return toResult(await counted(client.createAssociations({ ...request, relatedIds: missing }, options)), before);
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
    return copyHeaders(last, { httpStatus, requestId, attempts, created, existing });
  }

  async function wait(durationMs: number): Promise<void> {
    try {
      await sleep(durationMs, options.signal);
    } catch (cause) {
      if (!options.signal?.aborted) throw cause;
      throw new ConnectionError({
        operation,
        ticketId,
        kind: "aborted",
        wasSent: "yes",
        execution: "unknown",
        attempts,
        cause,
      });
    }
  }

  function list(): Promise<ListedAssociations> {
    return counted(client.listAssociations({ ticketId }, options));
  }

  async function counted<Facts extends CallFacts>(call: Promise<Facts>): Promise<Facts> {
    try {
      const facts = await call;
      attempts += facts.attempts;
      return facts;
    } catch (error) {
      if (isOsmError(error)) attempts += error.attempts;
      throw error;
    }
  }
}

type ListedAssociations = Awaited<ReturnType<OsmClient["listAssociations"]>>;

function idsOf({ associations }: ListedAssociations): ReadonlySet<string> {
  return new Set(associations.map(({ ticketId }) => ticketId));
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
