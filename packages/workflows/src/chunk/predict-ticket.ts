import type { ChunkTicket, Outcome, OverLimit, RowResult } from "@caselink/ledger";
import { ApiError, type CallFacts, type ErrorClass } from "@caselink/sdk";
import { Canary } from "../batch/canary.ts";
import { operationOf, type AssociationsApi } from "./operation.ts";
import { listRelatedIds } from "./list-related-ids.ts";
import { readLagOf } from "./read-lag.ts";
import { settleTicket } from "./settle-ticket.ts";
import { TurnStop } from "./turn-stop.ts";
import { classifyError, type CallFailure, type Verdict } from "./verdict.ts";

/** The API said no, and a retry would not change it. */
export interface Rejection {
  outcome: Outcome;
  failure: CallFailure;
}

/** The result of reading a ticket. `unread`: a temporary failure, or one that is not the fault of the ticket. */
export type TicketReading =
  | { kind: "found"; related: ReadonlySet<string> }
  | ({ kind: "rejected" } & Rejection)
  | { kind: "unread"; verdict: Exclude<Verdict, { kind: "rejected" }> };

/** Reads a ticket as a chunk does. Rejects with the signal's reason. */
export async function readTicket(
  api: Pick<AssociationsApi, "listAssociations">,
  ticket: string,
  signal: AbortSignal,
): Promise<TicketReading> {
  try {
    return { kind: "found", related: await listRelatedIds(api, ticket, signal) };
  } catch (error) {
    signal.throwIfAborted();
    const verdict = classifyError(error);
    if (verdict.kind !== "rejected") return { kind: "unread", verdict };
    return { kind: "rejected", outcome: verdict.outcome, failure: verdict.failure };
  }
}

export interface Prediction {
  results: RowResult[];
  /** Number of writes, rejected ones included. */
  writes: number;
}

/**
 * Predicts the outcomes of a ticket in a batch that creates associations. The API is assumed to accept all related tickets
 * except those for which `rejectionOf` returns a rejection. The code that settles tickets runs over an in-memory API;
 * nothing is sent.
 */
export async function predictTicket(
  { ticket, group, rows }: ChunkTicket,
  reading: Exclude<TicketReading, { kind: "unread" }>,
  overLimit: OverLimit,
  rejectionOf: (related: string) => Rejection | undefined,
): Promise<Prediction> {
  if (reading.kind === "rejected") {
    const { outcome, failure } = reading;
    return { results: rows.map(({ row }) => ({ row, outcome, ...failure, attempts: 0 })), writes: 0 };
  }
  const results: RowResult[] = [];
  const api = new DryRunApi(reading.related, rejectionOf);
  await settleTicket(
    { ticket, group, open: [...rows], addedIds: [], removedIds: [] },
    reading.related,
    reading.related,
    {
      api,
      operation: operationOf("create", overLimit),
      turnStop: new TurnStop(),
      canary: new Canary(),
      isOver: () => false,
      isStopping: () => false,
      isStopped: () => false,
      sleep: async () => undefined,
      now: () => 0,
      random: () => 0,
      readLag: readLagOf(),
      scopeOfCode: () => "ticket",
      recordDisplaced: async () => undefined,
      recordRow({ row }, _attempts, failure, outcome) {
        // A row that would be created has no response yet: the dry run's facts are left out.
        if (outcome) results.push({ row, outcome, ...(outcome !== "created" && failure), attempts: 0 });
      },
    },
  );
  return { results, writes: api.writes };
}

const CLASSES: Partial<Record<Outcome, ErrorClass>> = {
  not_found: "not-found",
  forbidden: "forbidden",
  limit_reached: "limit",
};
const DRY_RUN_FACTS: CallFacts = { httpStatus: 200, requestId: undefined, attempts: 0 };

/** An in-memory API: it does to a set what the API is documented to do to a ticket. */
class DryRunApi implements AssociationsApi {
  writes = 0;
  #present: ReadonlySet<string>;
  readonly #rejectionOf: (related: string) => Rejection | undefined;

  constructor(present: ReadonlySet<string>, rejectionOf: (related: string) => Rejection | undefined) {
    this.#present = present;
    this.#rejectionOf = rejectionOf;
  }

  listAssociations: AssociationsApi["listAssociations"] = async () => ({
    ...DRY_RUN_FACTS,
    associations: [...this.#present].map((ticketId) => ({ ticketId })),
  });

  createAssociations: AssociationsApi["createAssociations"] = async ({ relatedIds }) => {
    this.writes++;
    for (const related of relatedIds) {
      const rejection = this.#rejectionOf(related);
      if (rejection) throw toApiError(related, rejection);
    }
    this.#present = new Set([...this.#present, ...relatedIds]);
    return DRY_RUN_FACTS;
  };

  deleteAssociation: AssociationsApi["deleteAssociation"] = async () => {
    throw new Error("a prediction removes nothing");
  };
}

function toApiError(related: string, { outcome, failure }: Rejection): ApiError {
  return new ApiError({
    operation: `associate ${related}`,
    httpStatus: failure.http_status ?? 200,
    errorClass: CLASSES[outcome] ?? "invalid-parameter",
    execution: "no",
    attempts: 0,
    code: failure.error_code,
    apiMessage: `related ticket ${related}: ${failure.error_message ?? "rejected"}`,
  });
}
