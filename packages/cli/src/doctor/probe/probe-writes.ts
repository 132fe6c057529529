import { isApiError, isOsmError, type OsmClient, type OsmError } from "@caselink/sdk";

/** The two tickets of a probe, which the user names. */
export interface TicketPair {
  ticket: string;
  other: string;
  groupId: string;
}

/** `ambiguous`: the write may have been executed. */
export type WriteResult = { kind: "done" } | { kind: "rejected" | "ambiguous"; error: OsmError };

/** The writes of a probe. Remembers the associations that they may have created. */
export class ProbeWrites {
  /** Related tickets of the pair's first ticket that may be there because of this probe. */
  readonly sent = new Set<string>();
  readonly #client: Pick<OsmClient, "createAssociations" | "deleteAssociation">;
  readonly #pair: TicketPair;

  constructor(client: Pick<OsmClient, "createAssociations" | "deleteAssociation">, pair: TicketPair) {
    this.#client = client;
    this.#pair = pair;
  }

  /** The call is not aborted when the probe is interrupted: a response is worth more than the time. */
  async create(relatedIds: string[]): Promise<WriteResult> {
    const isNew = relatedIds.length === 1 && !relatedIds.every((id) => this.sent.has(id));
    for (const id of relatedIds) this.sent.add(id);
    const { ticket: ticketId, groupId } = this.#pair;
    const result = await resultOf(this.#client.createAssociations({ ticketId, relatedIds, groupId }));
    // A rejected call with several ids may have created some of them.
    if (result.kind === "rejected" && isNew) for (const id of relatedIds) this.sent.delete(id);
    return result;
  }

  async remove(ticketId: string, relatedId: string): Promise<WriteResult> {
    return resultOf(this.#client.deleteAssociation({ ticketId, relatedId, groupId: this.#pair.groupId }));
  }
}

async function resultOf(call: Promise<unknown>): Promise<WriteResult> {
  try {
    await call;
    return { kind: "done" };
  } catch (error) {
    if (!isOsmError(error)) throw error;
    return { kind: error.execution === "no" ? "rejected" : "ambiguous", error };
  }
}

/** The classes of rejections that are about the associations of a call, not about the caller or the moment. */
const ABOUT_ASSOCIATIONS = new Set(["limit", "not-found", "self-association", "invalid-parameter", "unknown"]);

/**
 * Returns the code of a rejection that is about the associations of the call; undefined for every other result. An
 * undocumented code counts, too: it is likely that of an association that exists.
 */
export function rejectionCode(result: WriteResult): string | undefined {
  if (result.kind === "done" || !isApiError(result.error)) return undefined;
  const { errorClass, code, httpStatus } = result.error;
  return code?.startsWith("OSM.") && httpStatus < 500 && ABOUT_ASSOCIATIONS.has(errorClass) ? code : undefined;
}
