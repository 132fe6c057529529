import type { ChunkRecord } from "./chunk-record.ts";
import type { AssociationsApi } from "./operation.ts";
import { listRelatedIds } from "./list-related-ids.ts";
import type { SettleContext, TicketEnd, TicketWork } from "./settle-context.ts";
import { settleTicket } from "./settle-ticket.ts";
import { classifyError, type Verdict } from "./verdict.ts";

export interface TicketWorkerOptions {
  record: ChunkRecord;
  context: SettleContext;
  /** The API for first reads of tickets: they give way to requests of tickets that are in progress. */
  firstReads: AssociationsApi;
  /** Aborted when the turn has to end immediately. */
  stop: AbortSignal;
}

/** Reads and settles single tickets of a chunk, and counts how each left the turn. */
export class TicketWorker {
  readonly #options: TicketWorkerOptions;
  readonly ends: Record<TicketEnd, number> = { settled: 0, deferred: 0, retryable: 0, ambiguous: 0 };
  readonly ambiguous: TicketWork[] = [];

  constructor(options: TicketWorkerOptions) {
    this.#options = options;
  }

  /** Reads a ticket for the first time in the turn. Undefined: it has an outcome already, or waits. */
  async read(work: TicketWork): Promise<ReadonlySet<string> | undefined> {
    const { firstReads, stop } = this.#options;
    try {
      const seen = await listRelatedIds(firstReads, work.ticket, stop);
      // What earlier turns of the batch added and removed may not show yet.
      for (const related of work.addedIds) seen.add(related);
      for (const related of work.removedIds) seen.delete(related);
      return seen;
    } catch (error) {
      this.ends[this.#endUnread(work, classifyError(error))]++;
      return undefined;
    }
  }

  /** @param seen what the ticket holds, if this attempt has read it; else an earlier attempt may have sent something */
  async settle(work: TicketWork, seen: ReadonlySet<string> | undefined): Promise<void> {
    const { record, context } = this.#options;
    const before = record.snapshotOf(work.ticket);
    if (!before) throw new Error(`no snapshot of ticket ${work.ticket}`);
    const end = await settleTicket(work, before, seen, context);
    this.ends[end]++;
    if (end === "ambiguous") this.ambiguous.push(work);
  }

  /** How a ticket that could not be read leaves the turn. */
  #endUnread(work: TicketWork, verdict: Verdict): TicketEnd {
    const { record, context, stop } = this.#options;
    const { turnStop } = context;
    if (stop.aborted || verdict.kind === "unsent") return "deferred";
    turnStop.take(verdict, work.ticket);
    const outcome = verdict.kind === "rejected" ? verdict.outcome : undefined;
    for (const row of work.open) record.recordRow(row, verdict.attempts, verdict.failure, outcome);
    if (outcome) return "settled";
    return turnStop.waitReason ? "deferred" : "retryable";
  }
}
