import { ApiError, ConnectionError, type ApiErrorFacts, type CallFacts } from "@caselink/sdk";
import type { AssociationsApi } from "../../src/chunk/operation.ts";

/** What happens to one call: it fails before or after it is executed. Undefined: it succeeds. */
export type Fault = { error: Error; isDone?: boolean } | undefined;

/** The API as a map of tickets in memory. It lists its calls, and they fail as the test says. */
export class ScriptedApi implements AssociationsApi {
  /** For example `list T`, `create T a b`, `delete T a`. */
  readonly calls: string[] = [];
  readonly tickets: Map<string, Set<string>>;
  readonly #faultOf: (call: string, number: number) => Fault | Promise<Fault>;
  /** Called before a write is executed. */
  beforeWrite: () => Promise<void> = async () => undefined;

  /** @param faultOf the fault of a call; `number` counts the calls with the same text from 1 */
  constructor(
    tickets: Readonly<Record<string, readonly string[]>>,
    faultOf: (call: string, number: number) => Fault | Promise<Fault> = () => undefined,
  ) {
    this.tickets = new Map(Object.entries(tickets).map(([ticket, related]) => [ticket, new Set(related)]));
    this.#faultOf = faultOf;
  }

  held(ticket: string): Set<string> {
    const held = this.tickets.get(ticket) ?? new Set<string>();
    this.tickets.set(ticket, held);
    return held;
  }

  get writes(): string[] {
    return this.calls.filter((call) => !call.startsWith("list"));
  }

  listAssociations: AssociationsApi["listAssociations"] = async ({ ticketId }) => {
    const facts = await this.#answer(`list ${ticketId}`, () => undefined);
    return { ...facts, associations: [...this.held(ticketId)].map((id) => ({ ticketId: id })) };
  };

  createAssociations: AssociationsApi["createAssociations"] = async ({ ticketId, relatedIds }) => {
    await this.beforeWrite();
    return this.#answer(`create ${ticketId} ${relatedIds.join(" ")}`, () => {
      for (const id of relatedIds) this.held(ticketId).add(id);
    });
  };

  deleteAssociation: AssociationsApi["deleteAssociation"] = async ({ ticketId, relatedId }) => {
    await this.beforeWrite();
    return this.#answer(`delete ${ticketId} ${relatedId}`, () => this.held(ticketId).delete(relatedId));
  };

  async #answer(call: string, execute: () => unknown): Promise<CallFacts> {
    this.calls.push(call);
    const fault = await this.#faultOf(call, this.calls.filter((other) => other === call).length);
    if (!fault || fault.isDone) execute();
    if (fault) throw fault.error;
    return { httpStatus: 200, requestId: `request-${this.calls.length}`, attempts: 1, elapsedMs: 1.26 };
  }
}

export const apiError = (facts: Partial<ApiErrorFacts>): ApiError =>
  new ApiError({
    operation: "call",
    httpStatus: 200,
    errorClass: "unknown",
    execution: "no",
    attempts: 1,
    apiMessage: "no",
    ...facts,
  });

export const NOT_FOUND = apiError({ errorClass: "not-found", code: "OSM.01010015" });
export const FORBIDDEN = apiError({ errorClass: "forbidden", code: "OSM.01010002" });
export const UNKNOWN_CODE = apiError({ code: "OSM.01019999" });
export const UNAVAILABLE = apiError({ errorClass: "transient", httpStatus: 500, code: "OSM.0004" });
export const THROTTLED = apiError({ errorClass: "throttled", httpStatus: 429, code: "APIGW.0308" });
/** No response came: a write may have been executed. */
export const LOST = new ConnectionError({
  operation: "call",
  kind: "reset",
  execution: "unknown",
  attempts: 1,
  cause: undefined,
});
/** The same of a read, or of a connection that was not made. */
export const NOT_EXECUTED = new ConnectionError({
  operation: "call",
  kind: "reset",
  execution: "no",
  attempts: 1,
  cause: undefined,
});
