import {
  ApiError,
  ConnectionError,
  isApiError,
  isConnectionError,
  type CallFacts,
  type RateLimiter,
} from "@caselink/sdk";
import type { AssociationsApi } from "../../src/chunk/operation.ts";
import { resultOf, type OutageDetector } from "../../src/process/outage-detector.ts";
import { paced, RequestRates, type ApiOperation } from "./request-rates.ts";
import type { Fault, RequestFault, Schedule } from "./schedule.ts";
import { rejectionOf, ServerTickets, type Writer } from "./server-tickets.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** A process that uses the API. */
export interface ApiUser extends Omit<Writer, "batch"> {
  requestLimitMs: number;
  beforeWrite: () => Promise<void>;
  /** Default: it sends as fast as it can. */
  limiter?: RateLimiter;
  /** Default: it sends also when the API is down. */
  outages?: OutageDetector;
  stop?: AbortSignal;
}

/** A model of the API that records everything that was done to it, and by which batch. */
export class ModelServer {
  readonly tickets: ServerTickets;
  /** Every association that a request named, with the batch that sent it: `batch ticket related`. */
  readonly asked = new Set<string>();
  readonly violations: string[];
  readonly story: string[] = [];
  readonly #rates: RequestRates;
  readonly #clock: VirtualClock;
  readonly #faults: Map<number, RequestFault>;
  readonly #outages: Extract<Fault, { kind: "outage" }>[];
  #requests = 0;

  constructor(clock: VirtualClock, schedule: Pick<Schedule, "preload" | "faults" | "server">) {
    this.#clock = clock;
    this.tickets = new ServerTickets(clock, schedule);
    this.violations = this.tickets.violations;
    this.#rates = new RequestRates(clock, schedule.server.rates);
    this.#outages = schedule.faults.filter((fault) => fault.kind === "outage");
    this.#faults = new Map(
      schedule.faults.flatMap((fault) => (fault.kind === "request" ? [[fault.n, fault.fault]] : [])),
    );
  }

  get requestCount(): number {
    return this.#requests;
  }

  /** The API for a process of a batch. */
  open(batch: string, user: ApiUser): AssociationsApi {
    const { requestLimitMs, beforeWrite, limiter, outages, stop } = user;
    const writer: Writer = { ...user, batch };
    const send = (
      operation: ApiOperation,
      ticket: string,
      relatedIds: readonly string[],
      execute: () => string | undefined,
    ): Promise<CallFacts> => {
      const about = [ticket, ...relatedIds].join(" ");
      const exchange = async (): Promise<CallFacts> => {
        if (operation !== "list") await beforeWrite();
        for (const related of relatedIds) this.asked.add(`${batch} ${ticket} ${related}`);
        return this.#exchange(operation, `${batch}: ${about}`, requestLimitMs, execute);
      };
      const request = async (): Promise<CallFacts> => {
        if (!outages) return exchange();
        const start = await outages.admit(ticket, requestLimitMs, stop);
        const sent = exchange();
        void sent.then(
          ({ httpStatus }) => outages.record(start, resultOf(httpStatus), httpStatus),
          (error: unknown) => {
            if (isApiError(error)) outages.record(start, resultOf(error.httpStatus), error.httpStatus);
            else outages.record(start, isConnectionError(error) ? "failed" : "inconclusive");
          },
        );
        return sent;
      };
      return limiter ? paced(limiter, operation, stop, request) : request();
    };
    return {
      listAssociations: async ({ ticketId }) => {
        const facts = await send("list", ticketId, [], () => rejectionOf([ticketId]));
        return { ...facts, associations: this.tickets.shown(ticketId).map((id) => ({ ticketId: id })) };
      },
      createAssociations: ({ ticketId, relatedIds }) =>
        send("create", ticketId, relatedIds, () => this.tickets.create(writer, ticketId, relatedIds)),
      deleteAssociation: ({ ticketId, relatedId }) =>
        send("delete", ticketId, [relatedId], () => this.tickets.remove(writer, ticketId, relatedId)),
    };
  }

  /** Someone else, who does not use the engine, adds or removes an association. */
  changeAsForeigner(ticket: string, related: string, adds: boolean): void {
    if (!this.tickets.changeAsForeigner(ticket, related, adds)) return;
    this.story.push(`${this.#clock.now()} ms  someone else ${adds ? "adds" : "removes"} ${ticket} ${related}`);
  }

  /** One request and its response, with the scheduled faults. `execute` returns the code of a rejection. */
  async #exchange(
    operation: ApiOperation,
    about: string,
    limitMs: number,
    execute: () => string | undefined,
  ): Promise<CallFacts> {
    const n = this.#requests++;
    const fault = this.#faults.get(n) ?? this.#outageAt(this.#clock.now());
    const log = (end: string) =>
      this.story.push(`${this.#clock.now()} ms  request ${n}: ${operation} ${about}: ${end}`);
    await this.#clock.sleep(5 + (n % 7));
    const lost = (kind: "reset" | "timeout", end: string) => {
      log(end);
      const execution = operation === "list" ? "no" : "unknown";
      return new ConnectionError({ operation, kind, execution, attempts: 1, cause: undefined });
    };
    if (fault === "reset") throw lost("reset", "reset before it was executed");
    if (fault === "error") throw this.#reject(log, "OSM.0004", 500, "transient", "unknown");
    if (fault === "failed") throw this.#reject(log, "OSM.01010014", 200, "transient", "unknown");
    if (fault === "unknownCode") throw this.#reject(log, "OSM.01019999", 200, "unknown", "unknown");
    if (fault === "throttled" || !this.#rates.accept(operation))
      throw this.#reject(log, "APIGW.0308", 429, "throttled", "no");
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

  #outageAt(now: number): RequestFault | undefined {
    return this.#outages.find(({ atMs, forMs }) => now >= atMs && now < atMs + forMs)?.fault;
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
}

const CLASSES: Readonly<Record<string, ApiError["errorClass"]>> = {
  "OSM.01010002": "forbidden",
  "OSM.01010015": "not-found",
  "OSM.01010043": "limit",
};
