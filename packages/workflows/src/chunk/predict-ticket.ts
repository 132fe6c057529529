import type { ChunkTicket, Outcome, OverLimit, RowResult } from "@caselink/ledger";
import { ApiError, type CallFacts, type ErrorClass } from "@caselink/sdk";
import { TurnBreaker } from "./turn-breaker.ts";
import { Canary } from "../batch/canary.ts";
import { operationOf, type AssociationsApi } from "./operation.ts";
import { listRelatedIds, settleTicket } from "./settle-ticket.ts";
import { classifyError, type CallFailure, type Verdict } from "./verdict.ts";

/** The API said no to reading a ticket, in a way that asking again would not change. */
export interface Refusal {
  outcome: Outcome;
  failure: CallFailure;
}

/** What reading a ticket came to, as a chunk takes it; `unread` may pass, or is no fault of the ticket. */
export type Reading =
  | { kind: "found"; related: ReadonlySet<string> }
  | ({ kind: "rejected" } & Refusal)
  | { kind: "unread"; verdict: Exclude<Verdict, { kind: "rejected" }> };

/** Reads a ticket as a chunk would. Rejects with the signal's reason. */
export async function readForForecast(
  api: Pick<AssociationsApi, "listAssociations">,
  ticket: string,
  signal: AbortSignal,
): Promise<Reading> {
  try {
    return { kind: "found", related: await listRelatedIds(api, ticket, signal) };
  } catch (error) {
    signal.throwIfAborted();
    const verdict = classifyError(error);
    if (verdict.kind !== "rejected") return { kind: "unread", verdict };
    return { kind: "rejected", outcome: verdict.outcome, failure: verdict.failure };
  }
}

export interface Forecast {
  results: RowResult[];
  /** Writes that it takes, refused ones included. */
  writes: number;
}

/**
 * What a batch that creates associations would make of a ticket, if the API takes all that is sent but what `refusalOf`
 * names: the related tickets that are known to be refused. It is what settles tickets in earnest, over an API that only
 * plays. Nothing is sent.
 */
export async function forecastTicket(
  { ticket, group, rows }: ChunkTicket,
  reading: Exclude<Reading, { kind: "unread" }>,
  overLimit: OverLimit,
  refusalOf: (related: string) => Refusal | undefined,
): Promise<Forecast> {
  if (reading.kind === "rejected") {
    const { outcome, failure } = reading;
    return { results: rows.map(({ row }) => ({ row, outcome, ...failure, attempts: 0 })), writes: 0 };
  }
  const results: RowResult[] = [];
  const api = new DryRunApi(reading.related, refusalOf);
  await settleTicket({ ticket, group, open: [...rows], addedIds: [] }, reading.related, reading.related, {
    api,
    operation: operationOf("create", overLimit),
    breaker: new TurnBreaker(),
    canary: new Canary(),
    isOver: () => false,
    isStopping: () => false,
    isStopped: () => false,
    sleep: async () => undefined,
    random: () => 0,
    scopeOfCode: async () => "ticket",
    recordDisplaced: async () => undefined,
    recordRow({ row }, _attempts, failure, outcome) {
      // What a played answer says of a row that would be created, no answer has said.
      if (outcome) results.push({ row, outcome, ...(outcome !== "created" && failure), attempts: 0 });
    },
  });
  return { results, writes: api.writes };
}

const CLASSES: Partial<Record<Outcome, ErrorClass>> = { not_found: "not-found", forbidden: "forbidden" };
const DRY_RUN_FACTS: CallFacts = { httpStatus: 200, requestId: undefined, attempts: 0 };

/** Does to a set what the API is documented to do to a ticket. */
class DryRunApi implements AssociationsApi {
  writes = 0;
  #present: ReadonlySet<string>;
  readonly #refusalOf: (related: string) => Refusal | undefined;

  constructor(present: ReadonlySet<string>, refusalOf: (related: string) => Refusal | undefined) {
    this.#present = present;
    this.#refusalOf = refusalOf;
  }

  listAssociations: AssociationsApi["listAssociations"] = async () => ({
    ...DRY_RUN_FACTS,
    associations: [...this.#present].map((ticketId) => ({ ticketId })),
  });

  createAssociations: AssociationsApi["createAssociations"] = async ({ relatedIds }) => {
    this.writes++;
    for (const related of relatedIds) {
      const refusal = this.#refusalOf(related);
      if (refusal) throw toApiError(related, refusal);
    }
    this.#present = new Set([...this.#present, ...relatedIds]);
    return DRY_RUN_FACTS;
  };

  deleteAssociation: AssociationsApi["deleteAssociation"] = async () => {
    throw new Error("a forecast removes nothing");
  };
}

function toApiError(related: string, { outcome, failure }: Refusal): ApiError {
  return new ApiError({
    operation: `associate ${related}`,
    httpStatus: failure.http_status ?? 200,
    errorClass: CLASSES[outcome] ?? "invalid-parameter",
    execution: "no",
    attempts: 0,
    code: failure.error_code,
    apiMessage: `related ticket ${related}: ${failure.error_message ?? "refused"}`,
  });
}
