import { ApiError, ConnectionError, type CallFacts } from "@caselink/sdk";
import type { AssociationsApi } from "../../src/chunk/operation.ts";
import type { RequestFault, Schedule } from "./schedule.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** An association that was added or removed, and the batch that did it. */
export interface Made {
  ticket: string;
  related: string;
  batch: string;
  at: number;
}

/** A model of the API that records everything that was done to it, and by which batch. */
export class ModelServer {
  readonly made: Made[] = [];
  /** `since`: when it was added. */
  readonly removed: (Made & { since: number })[] = [];
  /** Every association that a request named, with the batch that sent it: `batch ticket related`. */
  readonly asked = new Set<string>();
  readonly violations: string[] = [];
  readonly story: string[] = [];
  readonly #tickets = new Map<string, Map<string, number>>();
  readonly #clock: VirtualClock;
  readonly #schedule: Schedule;
  readonly #faults: Map<number, RequestFault>;
  readonly #foreign = new Set<string>();
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

  /** The API for a process of a batch. */
  open(batch: string, requestLimitMs: number, beforeWrite: () => Promise<void>): AssociationsApi {
    return {
      listAssociations: async ({ ticketId }) => {
        const facts = await this.#exchange("list", ticketId, requestLimitMs, () => rejectionOf([ticketId]));
        return { ...facts, associations: this.#shown(ticketId).map((id) => ({ ticketId: id })) };
      },
      createAssociations: async ({ ticketId, relatedIds }) => {
        await beforeWrite();
        for (const related of relatedIds) this.asked.add(`${batch} ${ticketId} ${related}`);
        return this.#exchange(`${batch} creates`, `${ticketId} ${relatedIds.join(" ")}`, requestLimitMs, () =>
          this.#create(batch, ticketId, relatedIds),
        );
      },
      deleteAssociation: async ({ ticketId, relatedId }) => {
        await beforeWrite();
        this.asked.add(`${batch} ${ticketId} ${relatedId}`);
        return this.#exchange(`${batch} removes`, `${ticketId} ${relatedId}`, requestLimitMs, () =>
          this.#remove(batch, ticketId, relatedId),
        );
      },
    };
  }

  /** Someone else, who does not use the engine, adds or removes an association. */
  changeAsForeigner(ticket: string, related: string, adds: boolean): void {
    const present = this.#tickets.get(ticket) ?? new Map<string, number>();
    const [at, since, batch] = [this.#clock.now(), present.get(related), "foreign"];
    this.#foreign.add(ticket);
    if (adds && since === undefined && present.size < 3) {
      present.set(related, at);
      this.made.push({ ticket, related, batch, at });
    } else if (!adds && since !== undefined) {
      present.delete(related);
      this.removed.push({ ticket, related, batch, since, at });
    } else return;
    this.#tickets.set(ticket, present);
    this.story.push(`${at} ms  someone else ${adds ? "adds" : "removes"} ${ticket} ${related}`);
  }

  /** Someone else has changed the ticket, or tried to. */
  isForeign(ticket: string): boolean {
    return this.#foreign.has(ticket);
  }

  /** The associations of a ticket as reads show them now. */
  #shown(ticket: string): string[] {
    const shownAt = this.#clock.now() - this.#schedule.server.lagMs;
    const present = [...(this.#tickets.get(ticket) ?? [])].filter(([, at]) => at <= shownAt).map(([id]) => id);
    const gone = this.removed.filter((one) => one.ticket === ticket && one.since <= shownAt && one.at > shownAt);
    return [...new Set([...present, ...gone.map(({ related }) => related)])];
  }

  /** One request and its response, with the scheduled faults. `execute` returns the code of a rejection. */
  async #exchange(what: string, about: string, limitMs: number, execute: () => string | undefined): Promise<CallFacts> {
    const n = this.#requests++;
    const fault = this.#faults.get(n);
    const log = (end: string) => this.story.push(`${this.#clock.now()} ms  request ${n}: ${what} ${about}: ${end}`);
    await this.#clock.sleep(5 + (n % 7));
    const lost = (kind: "reset" | "timeout", end: string) => {
      log(end);
      const execution = what === "list" ? "no" : "unknown";
      return new ConnectionError({ operation: what, kind, execution, attempts: 1, cause: undefined });
    };
    if (fault === "reset") throw lost("reset", "reset before it was executed");
    if (fault === "error") throw this.#reject(log, "OSM.0004", 500, "transient", "unknown");
    if (fault === "failed") throw this.#reject(log, "OSM.01010014", 200, "transient", "unknown");
    if (fault === "unknownCode") throw this.#reject(log, "OSM.01019999", 200, "unknown", "unknown");
    if (fault === "throttled") throw this.#reject(log, "APIGW.0308", 429, "throttled", "no");
    if (fault === "late") {
      // It reaches the server when the caller has stopped waiting, or is about to.
      const arrivesMs = limitMs - 50;
      void this.#clock.sleep(arrivesMs).then(() => log(`executed late: ${execute() ?? "done"}`));
      await this.#clock.sleep(limitMs - 12);
      throw lost("timeout", "no response in time");
    }
    const code = execute();
    if (fault === "lost") throw lost("reset", `response lost: ${code ?? "done"}`);
    if (fault === "errorAfter") throw this.#reject(log, "OSM.0004", 500, "transient", "unknown");
    await this.#clock.sleep(5 + (n % 5));
    if (code !== undefined)
      throw this.#reject(log, code, 200, CLASSES[code] ?? "unknown", code in CLASSES ? "no" : "unknown");
    log("done");
    return { httpStatus: 200, requestId: `request-${n}`, attempts: 1 };
  }

  #reject(
    log: (end: string) => void,
    code: string,
    httpStatus: number,
    errorClass: ApiError["errorClass"],
    execution: ApiError["execution"],
  ): ApiError {
    log(code);
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
    const isOurs = !this.#foreign.has(ticket);
    if (union.size > 3 && isOurs)
      this.violations.push(`${batch} asked for a fourth association of ${ticket}: ${[...union].join(" ")}`);
    const after = new Map(before);
    let rejection = rejectionOf([ticket]);
    for (const related of rejection ? [] : relatedIds) {
      if (after.has(related) && duplicate === "ok") continue;
      rejection = rejectionOf([related]) ?? (after.has(related) ? "OSM.01010045" : undefined);
      if (isLimitEnforced && after.size >= 3) rejection ??= "OSM.01010043";
      if (rejection) break;
      after.set(related, this.#clock.now());
    }
    if (rejection && isAtomic) return rejection;
    for (const related of after.keys()) {
      if (!before.has(related)) this.made.push({ ticket, related, batch, at: this.#clock.now() });
    }
    this.#tickets.set(ticket, after);
    if (after.size > 3 && isOurs) this.violations.push(`${ticket} holds ${after.size} associations`);
    return rejection;
  }

  #remove(batch: string, ticket: string, related: string): string | undefined {
    const rejection = rejectionOf([ticket, related]);
    if (rejection) return rejection;
    const since = this.#tickets.get(ticket)?.get(related);
    if (since === undefined) return this.#schedule.server.duplicate === "ok" ? undefined : "OSM.01010045";
    this.#tickets.get(ticket)?.delete(related);
    this.removed.push({ ticket, related, batch, since, at: this.#clock.now() });
    return undefined;
  }
}

const CLASSES: Readonly<Record<string, ApiError["errorClass"]>> = {
  "OSM.01010002": "forbidden",
  "OSM.01010015": "not-found",
  "OSM.01010043": "limit",
};

function rejectionOf(ids: readonly string[]): string | undefined {
  if (ids.some((id) => id.startsWith("GONE"))) return "OSM.01010015";
  return ids.some((id) => id.startsWith("DENIED")) ? "OSM.01010002" : undefined;
}
