import { TurnRejections } from "../batch/rejection-classifier.ts";
import { gated, type Gate } from "../rate/gated-api.ts";
import type { ChunkResult, ChunkTask, WaitReason } from "../workflow/contracts.ts";
import { READ_LAG_MS } from "../workflow/read-lag.ts";
import type { ChunkRecord } from "./chunk-record.ts";
import { FreshTickets } from "./fresh-tickets.ts";
import type { Holding } from "./held-tickets.ts";
import type { LaneLease } from "./lane-lease.ts";
import { operationOf, type AssociationsApi } from "./operation.ts";
import type { ReadLag } from "./read-lag.ts";
import type { SettleContext, TicketWork } from "./settle-context.ts";
import { SymmetryCheck } from "./symmetry-check.ts";
import { TicketWorker } from "./ticket-worker.ts";
import { TurnDeadline } from "./turn-deadline.ts";
import { TurnStop } from "./turn-stop.ts";
import type { ChunkDependencies } from "./chunk-dependencies.ts";

type AttemptDependencies = ChunkDependencies & { readLag: ReadLag };

/** One attempt at a turn of a chunk, while it holds the lane's lease. */
export class ChunkAttempt {
  readonly #task: ChunkTask;
  readonly #dependencies: AttemptDependencies;
  readonly #record: ChunkRecord;
  readonly #turnStop: TurnStop;
  readonly #deadline: TurnDeadline;
  readonly #rejections: TurnRejections;
  readonly #worker: TicketWorker;
  readonly #heldTickets: ReadonlyMap<string, Holding>;
  /** One for each ticket that waits for another batch. */
  #holdings: Holding[] = [];
  readonly #lease: LaneLease;

  /** @param heldTickets the tickets that other batches may have left ambiguous */
  constructor(
    task: ChunkTask,
    dependencies: AttemptDependencies,
    lease: LaneLease,
    record: ChunkRecord,
    heldTickets: ReadonlyMap<string, Holding>,
  ) {
    const { now, sleep, stop } = dependencies;
    this.#task = task;
    this.#dependencies = dependencies;
    this.#record = record;
    this.#heldTickets = heldTickets;
    this.#lease = lease;
    this.#turnStop = new TurnStop(dependencies.api.outages, () => this.#deadline.endWaits());
    this.#rejections = new TurnRejections(dependencies.classifier, task);
    const mayWrite = (): boolean => !lease.isLost && !this.#turnStop.waitReason && !this.#needsSharedLane;
    this.#deadline = new TurnDeadline({ budgetMs: task.budgetMs, stop, mayWrite, now, sleep });
    const api = dependencies.api.connect(() => lease.assertMayWrite(), undefined, stop);
    this.#worker = new TicketWorker({
      record,
      context: this.#settleContext(this.#openApi(api, "resolve"), this.#symmetryCheck(api)),
      firstReads: this.#openApi(api, "start"),
      stop,
    });
  }

  async run(): Promise<ChunkResult> {
    const { concurrencyLimit, readLag } = this.#dependencies;
    const touched = this.#record.ambiguousTickets();
    const isTouched = new Set(touched.map(({ ticket }) => ticket));
    const untouched = this.#record.openTickets().filter(({ ticket }) => !isTouched.has(ticket));
    const fresh = this.#withoutHeld(untouched).sort(byMirroredRows);
    using _ = this.#deadline;
    try {
      await this.#settleTouched(touched);
      await this.#settleFresh(fresh);
      if (this.#holdings.length > 0) await this.#record.storeResults();
      if (this.#task.isLast) await this.#giveUpAmbiguous();
      await this.#closeResolved();
    } catch (error) {
      await this.#record.salvage();
      throw error;
    }
    if (this.#turnStop.waitReason) concurrencyLimit.close();
    const needsSharedLane = this.#needsSharedLane;
    const { deferred, retryable, ambiguous } = this.#worker.ends;
    const waitReason = this.#turnStop.waitReason ?? this.#damage;
    return {
      counts: this.#record.counts(),
      deferred,
      retryable: retryable + this.#holdings.length,
      ambiguous,
      hasWritten: this.#lease.hasWritten || touched.length > 0,
      ...this.#rejections.report,
      ...(waitReason && { waitReason }),
      ...(needsSharedLane && { needsSharedLane }),
      ...(readLag.ms !== READ_LAG_MS && { readLagMs: readLag.ms }),
    };
  }

  /** Tickets that another batch has left ambiguous wait: a write would make its doubt unresolvable. */
  #withoutHeld(works: TicketWork[]): TicketWork[] {
    const holders = works.map((work) => this.#holderOf(work));
    this.#holdings = holders.filter((holder) => holder !== undefined);
    for (const [at, { open }] of works.entries()) {
      const holder = holders[at];
      if (holder === undefined) continue;
      const { batch, damage } = holder;
      const error_message = `batch ${batch} may have written to the ticket: this row waits until that batch has read it or ends${damage === undefined ? "" : ` (${damage})`}`;
      for (const row of open) this.#record.recordRow(row, 0, { error_message });
    }
    return works.filter((_, at) => holders[at] === undefined);
  }

  /** The batch that has left a ticket ambiguous that this work would change: on a symmetric API also a related one. */
  #holderOf({ ticket, open }: TicketWork): Holding | undefined {
    const changed = this.#task.isShared ? [ticket, ...open.map(({ related }) => related)] : [ticket];
    for (const each of changed) {
      const holder = this.#heldTickets.get(each);
      if (holder !== undefined) return holder;
    }
    return undefined;
  }

  /** Tickets wait because a file of another batch is damaged. */
  get #damage(): WaitReason | undefined {
    const damaged = this.#holdings.filter(({ damage }) => damage !== undefined);
    const [first] = damaged;
    if (!first) return undefined;
    const waiting = damaged.length === 1 ? "1 ticket waits" : `${damaged.length} tickets wait`;
    const reason = `${waiting} for batch ${first.batch}, which may have written to the same: ${first.damage ?? ""}`;
    return { kind: "worker", reason };
  }

  /** The tickets that stay without an outcome and without a doubt: nothing has to be resolved for them. */
  async #closeResolved(): Promise<void> {
    const ambiguous = new Set(this.#worker.ambiguous.map(({ ticket }) => ticket));
    const resolved = this.#record.ambiguousTickets().filter(({ ticket }) => !ambiguous.has(ticket));
    await this.#record.closeSnapshots(resolved.map(({ ticket }) => ticket));
  }

  /** A write changes tickets of two lanes: this lane sends no further one. */
  get #needsSharedLane(): boolean {
    return this.#dependencies.symmetry?.isSymmetric === true && !this.#task.isShared;
  }

  /** Settles the tickets to which an earlier attempt of this turn may have sent something. */
  async #settleTouched(touched: TicketWork[]): Promise<void> {
    const { inTicketSpan } = this.#dependencies;
    const settle = (work: TicketWork): Promise<void> => this.#worker.settle(work, undefined);
    const settled = await Promise.allSettled(
      touched.map((work) => (inTicketSpan ? inTicketSpan(() => settle(work)) : settle(work))),
    );
    for (const end of settled) if (end.status === "rejected") throw end.reason;
    if (touched.length > 0) await this.#record.storeResults();
  }

  #settleFresh(fresh: TicketWork[]): Promise<void> {
    const { concurrencyLimit, maxConcurrency, requests, now, sleep, onProgress, inTicketSpan } = this.#dependencies;
    return new FreshTickets(fresh, {
      worker: this.#worker,
      record: this.#record,
      turnStop: this.#turnStop,
      concurrencyLimit,
      maxConcurrency: maxConcurrency ?? (() => Number.POSITIVE_INFINITY),
      requests,
      isOver: this.#deadline.isOver,
      now,
      sleep,
      onProgress: (counts) => onProgress?.(counts),
      ...(inTicketSpan && { inTicketSpan }),
    }).run();
  }

  /** The time to give up has come: rows with an ambiguous write end as failed. */
  async #giveUpAmbiguous(): Promise<void> {
    const { ambiguous, ends } = this.#worker;
    if (ambiguous.length === 0) return;
    for (const { open } of ambiguous) {
      for (const row of open) this.#record.recordRow(row, 0, { error_message: AMBIGUOUS }, "failed");
    }
    await this.#record.storeResults();
    ends.ambiguous = 0;
  }

  /** @param reads the purpose of the reads made through this API: it decides their priority */
  #openApi(api: AssociationsApi, reads: "resolve" | "start"): AssociationsApi {
    return this.#rejections.classify(this.#gated(api, reads), this.#dependencies.api.endpoint);
  }

  #gated(api: AssociationsApi, reads: "resolve" | "start"): AssociationsApi {
    const { requests, credentials } = this.#dependencies;
    const deadline = this.#deadline;
    const { stop, isOver, isStopping } = deadline;
    const gate: Gate = {
      requests,
      credentials,
      get over() {
        return deadline.over;
      },
      stop,
      isOver,
      isStopping,
    };
    return gated(api, gate, reads);
  }

  #symmetryCheck(api: AssociationsApi): SymmetryCheck | undefined {
    const { symmetry } = this.#dependencies;
    if (!symmetry) return undefined;
    return new SymmetryCheck({
      api: this.#gated(api, "resolve"),
      isOpen: () => symmetry.isSymmetric === undefined,
      learn: (evidence) => symmetry.learn(evidence),
    });
  }

  #settleContext(api: AssociationsApi, symmetryCheck: SymmetryCheck | undefined): SettleContext {
    const { canary, random, now, overLimit, readLag } = this.#dependencies;
    const { isOver, isStopping, stop } = this.#deadline;
    const record = this.#record;
    return {
      api,
      operation: operationOf(this.#task.kind, overLimit),
      turnStop: this.#turnStop,
      canary,
      sharedTickets: this.#task.isShared ? this.#dependencies.sharedTickets : undefined,
      symmetryCheck,
      isOver,
      isStopping,
      isStopped: () => stop.aborted,
      sleep: this.#sleep,
      now,
      random,
      readLag,
      recordRow: (row, attempts, facts, outcome) => record.recordRow(row, attempts, facts, outcome),
      scopeOfCode: (ticket, reason) => this.#rejections.scopeOf(ticket, reason),
      recordDisplaced: (ticket, lost) => record.storeDisplaced(ticket, lost),
    };
  }

  readonly #sleep = (milliseconds: number): Promise<void> =>
    this.#dependencies.sleep(milliseconds, this.#dependencies.stop);
}

/**
 * Tickets with mirrored rows come last: the first write of a batch may find out that such a row is a duplicate, and then it
 * should not be the one that was sent.
 */
const byMirroredRows = (one: TicketWork, other: TicketWork): number => mirroredRows(one) - mirroredRows(other);
const mirroredRows = ({ open }: TicketWork): number => (open.some((row) => row.mirror_of !== undefined) ? 1 : 0);

const AMBIGUOUS =
  "the outcome of the last request is unknown and the ticket could not be read since; check it before a retry";
