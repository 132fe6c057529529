import { ApiError, isApiError } from "./api-error.ts";
import { backoffMs } from "./backoff.ts";
import { checkCreation } from "./check-arguments.ts";
import { ConnectionError, isConnectionError } from "./connection-error.ts";
import { ASSOCIATIONS_PER_TICKET } from "./limits.ts";
import type { AssociationsRequest } from "./association-requests.ts";
import type { CallOptions, OsmClient } from "./osm-client.ts";
import type { CallFacts } from "./perform-call.ts";
import { sleep as realSleep, type Sleep } from "./sleep.ts";

/** The result: the facts are those of the last response, but `attempts` counts all requests. */
export interface EnsuredAssociations extends CallFacts {
  /** Related tickets that this call associated. */
  readonly created: string[];
  /** Related tickets that were already associated. */
  readonly existing: string[];
}

export interface EnsureOptions extends CallOptions {
  /** How many times to list and create again after an unknown outcome; default 3. */
  readonly retries?: number;
  /** For tests: numbers from 0 to 1; default `Math.random`. */
  readonly random?: () => number;
  /** For tests: default `setTimeout`. */
  readonly sleep?: Sleep;
}

/**
 * Makes sure that a ticket has these associations: lists them and creates the missing ones. If it is unknown whether the
 * create was executed, it lists again before it creates again. Rejects like the client's methods. Rejects with an ApiError
 * of class `limit`, without sending a create, if the ticket would get more than three.
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
  let attempts = 0;
  let facts = await list();
  const before = facts.present;
  const existing = relatedIds.filter((id) => before.has(id));
  for (let failures = 0; ;) {
    const missing = relatedIds.filter((id) => !facts.present.has(id));
    if (missing.length === 0) {
      const created = relatedIds.filter((id) => !before.has(id));
      return { httpStatus: facts.httpStatus, requestId: facts.requestId, attempts, created, existing };
    }
    if (facts.present.size + missing.length > ASSOCIATIONS_PER_TICKET)
      throw new ApiError({
        operation: `ensure associations of ${ticketId}`,
        httpStatus: facts.httpStatus,
        errorClass: "limit",
        wasSent: "no",
        execution: "no",
        attempts,
        requestId: facts.requestId,
        remark: `it has ${facts.present.size} associations, and ${missing.length} more would exceed ${ASSOCIATIONS_PER_TICKET}`,
      });
    try {
      const result = await client.createAssociations({ ...request, relatedIds: missing }, options);
      attempts += result.attempts;
      facts = { ...result, present: new Set([...facts.present, ...missing]) };
    } catch (error) {
      if (!(isApiError(error) || isConnectionError(error))) throw error;
      attempts += error.attempts;
      const isOpen = error.execution === "unknown" && !(isConnectionError(error) && error.kind === "aborted");
      if (!isOpen || failures >= retries) throw error;
      failures += 1;
      await wait(backoffMs(failures, random));
      facts = await list();
    }
  }

  async function wait(durationMs: number): Promise<void> {
    try {
      await sleep(durationMs, options.signal);
    } catch (cause) {
      if (!options.signal?.aborted) throw cause;
      throw new ConnectionError({
        operation: `ensure associations of ${ticketId}`,
        kind: "aborted",
        wasSent: "yes",
        execution: "unknown",
        attempts,
        cause,
      });
    }
  }

  async function list(): Promise<CallFacts & { readonly present: ReadonlySet<string> }> {
    const { associations, ...listed } = await client.listAssociations({ ticketId }, options);
    attempts += listed.attempts;
    return { ...listed, present: new Set(associations.map((association) => association.ticketId)) };
  }
}
