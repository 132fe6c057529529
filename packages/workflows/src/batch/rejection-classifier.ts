import { isApiError } from "@caselink/sdk";
import type { AssociationsApi } from "../chunk/operation.ts";
import { reasonOfRejection, rejectionSourceOf, UnscopedRejectionError } from "../chunk/verdict.ts";
import { acceptanceFor, MOST_KINDS, proofOf } from "../workflow/batch-rejections.ts";
import type { Acceptance, ChunkResult, ChunkTask, WaitReason } from "../workflow/contracts.ts";

/** The scope of a rejection. */
export type RejectionScope = "ticket" | "batch" | "unknown";

/**
 * Decides whether a rejection concerns one ticket or the whole batch, by what this process has seen and the batch has reported.
 *
 * Until the API has accepted a first ticket this is unknown, and no row gets an outcome from a rejection. One for each batch
 * and process.
 */
export class RejectionClassifier {
  readonly #tickets: number;
  readonly #accepted = new Set<Acceptance>();
  /** Rejected tickets by kind of rejection. */
  readonly #rejected = new Map<string, Set<string>>();

  /** @param tickets number of tickets of the batch */
  constructor(tickets: number) {
    this.#tickets = tickets;
  }

  get accepted(): Acceptance[] {
    return [...this.#accepted];
  }

  recordAccepted(...accepted: Acceptance[]): void {
    for (const each of accepted) this.#accepted.add(each);
  }

  /** The scope of a rejection of that ticket, as far as is known now. */
  scopeOf(kind: string, ticket: string): RejectionScope {
    const proof = proofOf(kind, this.#tickets);
    if (proof === undefined || this.#accepted.has(acceptanceFor(kind))) return "ticket";
    const rejected = this.#rejected.get(kind) ?? new Set<string>();
    this.#rejected.set(kind, rejected.add(ticket));
    return rejected.size >= proof ? "batch" : "unknown";
  }
}

/** The rejections of one turn, and what it reports about them. */
export class TurnRejections {
  readonly #classifier: RejectionClassifier;
  readonly #isCompared: boolean;
  /** Those that were not placed, by kind. */
  readonly #seen = new Map<string, { tickets: Set<string>; reason: WaitReason }>();

  /** @param task `isCompared`: what is unknown concerns its ticket */
  constructor(classifier: RejectionClassifier, task: Pick<ChunkTask, "isCompared">) {
    this.#classifier = classifier;
    this.#isCompared = task.isCompared === true;
  }

  /** @param reason of the wait if it concerns the batch: it names the kind of rejection */
  scopeOf(ticket: string, reason: WaitReason & { rejection: string }): RejectionScope {
    const { rejection: kind } = reason;
    const scope = this.#classifier.scopeOf(kind, ticket);
    if (scope === "ticket" || (scope === "unknown" && this.#isCompared)) return "ticket";
    const seen = this.#seen.get(kind) ?? { tickets: new Set<string>(), reason };
    seen.tickets.add(ticket);
    this.#seen.set(kind, seen);
    return scope;
  }

  get report(): Pick<ChunkResult, "accepted" | "rejections"> {
    const { accepted } = this.#classifier;
    const rejections = [...this.#seen]
      .slice(0, MOST_KINDS)
      .map(([kind, { tickets, reason }]) => ({ kind, tickets: tickets.size, reason }));
    return { ...(accepted.length > 0 && { accepted }), ...(rejections.length > 0 && { rejections }) };
  }

  /** The API. It throws an UnscopedRejectionError if a rejection concerns the batch, or may concern it. */
  classify(api: AssociationsApi, endpoint: string): AssociationsApi {
    const observe = async <Response>(
      access: "read" | "write",
      ticket: string,
      call: Promise<Response>,
    ): Promise<Response> => {
      try {
        const response = await call;
        if (access === "write") this.#classifier.recordAccepted("write", "success");
        else this.#classifier.recordAccepted("read");
        return response;
      } catch (error) {
        const source = rejectionSourceOf(error);
        if (source === "none" || !isApiError(error)) throw error;
        if (source === "responded") {
          this.#classifier.recordAccepted(access);
          throw error;
        }
        const reason = reasonOfRejection(error, `${access} ${source}`, endpoint);
        const scope = this.scopeOf(ticket, reason);
        throw scope === "ticket" ? error : new UnscopedRejectionError(error, reason, scope === "batch");
      }
    };
    return {
      listAssociations: (request, options) => observe("read", request.ticketId, api.listAssociations(request, options)),
      createAssociations: (request, options) =>
        observe("write", request.ticketId, api.createAssociations(request, options)),
      deleteAssociation: (request, options) =>
        observe("write", request.ticketId, api.deleteAssociation(request, options)),
    };
  }
}
