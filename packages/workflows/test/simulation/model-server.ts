import { ApiError, ConnectionError, type CallFacts } from "@caselink/sdk";
import type { AssociationsApi } from "../../src/chunk/operation.ts";
import type { RequestFault, Schedule } from "./schedule.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** One association that was made, and by whose request. */
export interface Made {
  ticket: string;
  related: string;
  batch: string;
  at: number;
}

/** A model of the API: it knows all that was done to it, and by whom. */
export class ModelServer {
  readonly made: Made[] = [];
  readonly violations: string[] = [];
  readonly story: string[] = [];
  readonly #tickets = new Map<string, Map<string, number>>();
  readonly #clock: VirtualClock;
  readonly #schedule: Schedule;
  readonly #faults: Map<number, RequestFault>;
  #requests = 0;

  constructor(clock: VirtualClock, schedule: Schedule) {
    this.#clock = clock;
    this.#schedule = schedule;
    this.#faults = new Map(
      schedule.faults.flatMap((fault) => (fault.kind === "request" ? [[fault.n, fault.fault]] : [])),
    );
    for (const [ticket, related] of Object.entries(schedule.preload)) {
      this.#tickets.set(ticket, new Map(related.map((id) => [id, Number.NEGATIVE_INFINITY])));
    }
  }

  get requestCount(): number {
    return this.#requests;
  }

  held(ticket: string): string[] {
    return [...(this.#tickets.get(ticket)?.keys() ?? [])];
  }

  /** The API as a process of a batch sees it. */
  open(batch: string, requestLimitMs: number, beforeWrite: () => Promise<void>): AssociationsApi {
    return {
      listAssociations: async ({ ticketId }) => {
        const facts = await this.#exchange("list", ticketId, requestLimitMs, () => refusalOf([ticketId]));
        const shownAt = this.#clock.now() - this.#schedule.server.lagMs;
        const shown = [...(this.#tickets.get(ticketId) ?? [])].filter(([, at]) => at <= shownAt);
        return { ...facts, associations: shown.map(([id]) => ({ ticketId: id })) };
      },
      createAssociations: async ({ ticketId, relatedIds }) => {
        await beforeWrite();
        return this.#exchange(`${batch} creates`, `${ticketId} ${relatedIds.join(" ")}`, requestLimitMs, () =>
          this.#create(batch, ticketId, relatedIds),
        );
      },
      deleteAssociation: () => Promise.reject(new Error("not modelled")),
    };
  }

  /** One request and its answer, with what goes wrong on the way. `execute` returns the code of a refusal. */
  async #exchange(what: string, about: string, limitMs: number, execute: () => string | undefined): Promise<CallFacts> {
    const n = this.#requests++;
    const fault = this.#faults.get(n);
    const tell = (end: string) => this.story.push(`${this.#clock.now()} ms  request ${n}: ${what} ${about}: ${end}`);
    await this.#clock.sleep(5 + (n % 7));
    const lost = (kind: "reset" | "timeout", end: string) => {
      tell(end);
      const execution = what === "list" ? "no" : "unknown";
      return new ConnectionError({ operation: what, kind, execution, attempts: 1, cause: undefined });
    };
    if (fault === "reset") throw lost("reset", "reset before it was executed");
    if (fault === "error") throw this.#refuse(tell, "OSM.0004", 500, "transient", "unknown");
    if (fault === "failed") throw this.#refuse(tell, "OSM.01010014", 200, "transient", "unknown");
    if (fault === "unknownCode") throw this.#refuse(tell, "OSM.01019999", 200, "unknown", "unknown");
    if (fault === "throttled") throw this.#refuse(tell, "APIGW.0308", 429, "throttled", "no");
    if (fault === "late") {
      // It reaches the server while the caller waits no more, or is about to stop waiting.
      const arrivesMs = limitMs - 50;
      void this.#clock.sleep(arrivesMs).then(() => tell(`executed late: ${execute() ?? "done"}`));
      await this.#clock.sleep(limitMs - 12);
      throw lost("timeout", "no answer in time");
    }
    const code = execute();
    if (fault === "lost") throw lost("reset", `answer lost: ${code ?? "done"}`);
    if (fault === "errorAfter") throw this.#refuse(tell, "OSM.0004", 500, "transient", "unknown");
    await this.#clock.sleep(5 + (n % 5));
    if (code !== undefined)
      throw this.#refuse(tell, code, 200, CLASSES[code] ?? "unknown", code in CLASSES ? "no" : "unknown");
    tell("done");
    return { httpStatus: 200, requestId: `request-${n}`, attempts: 1 };
  }

  #refuse(
    tell: (end: string) => void,
    code: string,
    httpStatus: number,
    errorClass: ApiError["errorClass"],
    execution: ApiError["execution"],
  ): ApiError {
    tell(code);
    return new ApiError({
      operation: "request",
      code,
      httpStatus,
      errorClass,
      execution,
      attempts: 1,
      apiMessage: code,
    });
  }

  #create(batch: string, ticket: string, relatedIds: readonly string[]): string | undefined {
    const { isAtomic, isLimitEnforced, duplicate } = this.#schedule.server;
    const before = this.#tickets.get(ticket) ?? new Map<string, number>();
    const union = new Set([...before.keys(), ...relatedIds]);
    if (union.size > 3)
      this.violations.push(`${batch} asked for a fourth association of ${ticket}: ${[...union].join(" ")}`);
    const after = new Map(before);
    let refusal = refusalOf([ticket]);
    for (const related of refusal ? [] : relatedIds) {
      if (after.has(related) && duplicate === "ok") continue;
      refusal = refusalOf([related]) ?? (after.has(related) ? "OSM.01010045" : undefined);
      if (isLimitEnforced && after.size >= 3) refusal ??= "OSM.01010043";
      if (refusal) break;
      after.set(related, this.#clock.now());
    }
    if (refusal && isAtomic) return refusal;
    for (const related of after.keys()) {
      if (!before.has(related)) this.made.push({ ticket, related, batch, at: this.#clock.now() });
    }
    this.#tickets.set(ticket, after);
    if (after.size > 3) this.violations.push(`${ticket} holds ${after.size} associations`);
    return refusal;
  }
}

const CLASSES: Readonly<Record<string, ApiError["errorClass"]>> = {
  "OSM.01010002": "forbidden",
  "OSM.01010015": "not-found",
  "OSM.01010043": "limit",
};

function refusalOf(ids: readonly string[]): string | undefined {
  if (ids.some((id) => id.startsWith("GONE"))) return "OSM.01010015";
  return ids.some((id) => id.startsWith("DENIED")) ? "OSM.01010002" : undefined;
}
