import type { ChunkCounts, ChunkResult, ChunkTask, Trouble } from "../workflow/contracts.ts";
import { admitted, whoIsMeantByCode, type Admission } from "../batch/rejection-classifier.ts";
import { Breaker } from "./turn-breaker.ts";
import type { Canary } from "../batch/canary.ts";
import { ChunkRecord, type ChunkLedger } from "./chunk-record.ts";
import type { CredentialsGate } from "../process/credentials-gate.ts";
import { gated, type Gate } from "../rate/gated-api.ts";
import { GroupCommit } from "./group-commit.ts";
import { LaneHold, type LaneHoldOptions, type LeaseLedger } from "./lane-lease.ts";
import { operationOf } from "./operation.ts";
import type { OwnRate } from "../rate/batch-rate-limit.ts";
import type { ApiConnector } from "../process/api-connector.ts";
import { noteOnBreaker, readTicket, settleTicket, type SettleContext, type TicketWork } from "./settle-ticket.ts";
import { judge } from "./verdict.ts";

/** Everything a chunk needs from outside, so that its logic runs against any API, clock and crash point. */
export interface ChunkDependencies {
  api: ApiConnector;
  ledger: ChunkLedger & LeaseLedger;
  /** The lane's name among all lanes of the ledger, and who this attempt is. */
  hold: Pick<LaneHoldOptions, "lane" | "holder" | "isGone">;
  overLimit: "refuse" | "fill";
  canary: Canary;
  admission: Admission;
  /** Whether credentials are refused, as the whole process knows it; default: nobody is kept back. */
  credentials?: CredentialsGate;
  /** Makes one call of the API when the process has room for it; bounds what is in flight over all chunks. */
  limit: <Result>(call: () => Promise<Result>) => Promise<Result>;
  /** The batch's own maximum; default: none. */
  ownRate?: OwnRate;
  /**
   * Tickets that a lane has in hand at once; grows and shrinks with how long one takes, for all lanes of the process. 0
   * where nothing is known of the API, or trouble was met: then one ticket goes ahead alone, and one request finds out
   * whether credentials are refused or the API is down.
   */
  window: { tickets: number };
  /** The most tickets that a lane may have in hand now, so that all lanes share what is of use; default: no other bound. */
  mostInHand?: () => number;
  /**
   * Aborted: the turn ends as soon as the requests under way have. Waits end, also of what is in doubt, and reads that
   * nothing depends on.
   */
  stop: AbortSignal;
  now: () => number;
  random: () => number;
  /** Resolves after that time, or as soon as the signal is aborted. */
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Told what this attempt has settled so far. */
  onProgress?: (counts: ChunkCounts) => void;
}

const SMALLEST_WINDOW = 8;
const LARGEST_WINDOW = 128;
/** The window grows while a ticket's whole way is shorter than this, and shrinks where it is longer than the other. */
const SHORT_WAY_MS = 1_000;
const LONG_WAY_MS = 3_000;
/** So old may results be that are not stored: what a crash costs is reading their tickets again. */
const STORE_RESULTS_MS = 3_000;

/**
 * One turn of a chunk: settles as many of its tickets as the budget allows and stores what became of them.
 *
 * It never fails because of a row. Called again with the same turn, after a crash too, it first clears what the
 * attempt before may have left in doubt.
 */
export async function workChunk(task: ChunkTask, dependencies: ChunkDependencies): Promise<ChunkResult> {
  const { ledger, now } = dependencies;
  const { requestLimitMs } = dependencies.api;
  const hold = await LaneHold.take({ ...dependencies.hold, ledger, now, requestLimitMs });
  try {
    // What a stalled predecessor may still be sending has arrived before this attempt looks at anything.
    if (hold.writesFrom > now()) await dependencies.sleep(hold.writesFrom - now());
    return await workHeld(task, dependencies, hold);
  } finally {
    await hold.release();
  }
}

async function workHeld(task: ChunkTask, dependencies: ChunkDependencies, hold: LaneHold): Promise<ChunkResult> {
  const { ledger, now, stop, window, limit, ownRate, admission, credentials } = dependencies;
  const { endpoint } = dependencies.api;
  const record = await ChunkRecord.open(ledger, task, { now, beforeWrite: () => hold.assertHeld() });
  if (record.wasLetIn) admission.letIn("read");
  if (record.hasWritten) admission.noteWritten();
  const over = new AbortController();
  const breaker = new Breaker(() => over.abort());
  const endsAt = now() + task.budgetMs;
  const sleep = (milliseconds: number): Promise<void> => dependencies.sleep(milliseconds, stop);
  // A call without a budget only clears what is in doubt.
  const isStopping = (): boolean => stop.aborted || hold.isLost || breaker.isOpen || task.budgetMs === 0;
  const isOver = (): boolean => isStopping() || now() >= endsAt;
  const connected = dependencies.api.connect(() => hold.assertHeld(), undefined, stop);
  const gate: Gate = { limit, ownRate, credentials, over: over.signal, stop, isOver, isStopping };
  const open = (reads: "look" | "begin") =>
    admitted(gated(connected, gate, reads), endpoint, admission, { now, sleep });
  const freshApi = open("begin");
  const context: SettleContext = {
    api: open("look"),
    operation: operationOf(task.kind, dependencies.overLimit),
    breaker,
    canary: dependencies.canary,
    isOver,
    isStopping,
    isStopped: () => stop.aborted,
    sleep,
    random: dependencies.random,
    note: (row, attempts, facts, outcome) => record.note(row, attempts, facts, outcome),
    whoIsMeant: (code, ticket) => whoIsMeantByCode(admission, code, ticket, { now, sleep }),
    noteLost: (ticket, lost) => record.storeLost(ticket, lost),
  };
  const ends = { settled: 0, remaining: 0, unsettled: 0, ambiguous: 0 };
  const inDoubt: TicketWork[] = [];

  const works = record.openTickets();
  const touched = works.filter((work) => record.before(work.ticket) !== undefined);
  const fresh = works.filter((work) => record.before(work.ticket) === undefined);

  // Only who waits for the batch's own maximum waits so long that the end of the turn has to wake him.
  using _ = ownRate && wakeAt(endsAt);
  try {
    await clearTouched();
    await workFresh();
    if (task.isLast && inDoubt.length > 0) await giveUpDoubts();
  } catch (error) {
    await record.salvage();
    throw error;
  }
  if (breaker.isOpen) window.tickets = 0;
  const { remaining, unsettled, ambiguous } = ends;
  const trouble: Trouble | undefined = breaker.trouble;
  return { counts: record.counts(), remaining, unsettled, ambiguous, ...(trouble && { trouble }) };

  /** Settles what an earlier attempt of this turn may have sent. */
  async function clearTouched(): Promise<void> {
    const cleared = await Promise.allSettled(touched.map((work) => settle(work, undefined)));
    for (const answer of cleared) if (answer.status === "rejected") throw answer.reason;
    if (touched.length > 0) await record.storeResults();
  }

  async function giveUpDoubts(): Promise<void> {
    for (const { open: rows } of inDoubt) {
      for (const row of rows) record.note(row, 0, { error_message: IN_DOUBT }, "failed");
    }
    await record.storeResults();
    ends.ambiguous = 0;
  }

  /**
   * Works the tickets that this turn has not seen, as many at once as the window has room for: each is listed, waits until
   * its snapshot is stored, and is written to, while others are elsewhere on this way.
   */
  async function workFresh(): Promise<void> {
    let begun = 0;
    let reading = 0;
    let storedAt = now();
    let isStoring = false;
    let failure: { error: unknown } | undefined;
    const snapshots = new GroupCommit({
      store: () => record.storeSnapshot(),
      isComplete: () => reading === 0,
      sleep: dependencies.sleep,
    });
    const inHand = new Set<Promise<void>>();
    const hasMore = (): boolean => begun < fresh.length && !failure && !isOver();

    if (window.tickets === 0 && hasMore()) {
      await workNext();
      if (!breaker.isOpen) window.tickets = Math.max(window.tickets, SMALLEST_WINDOW);
    }
    await new Promise<void>((resolve) => {
      const advance = (): void => {
        while (inHand.size < window.tickets && hasMore() && mayTake(inHand.size)) {
          ownRate?.hold(1);
          const ticket = workNext().finally(() => {
            ownRate?.hold(-1);
            inHand.delete(ticket);
            advance();
          });
          inHand.add(ticket);
        }
        if (inHand.size === 0) resolve();
      };
      advance();
    });
    ends.remaining += fresh.length - begun;
    if (failure) throw failure.error;
    if (begun > 0) await storeResults();

    /** Never rejects: what fails stops the turn when all that is in hand has come to its end. */
    async function workNext(): Promise<void> {
      const work = fresh[begun++] as TicketWork;
      const startedAt = now();
      try {
        reading++;
        const seen = await lookAt(work).finally(() => reading--);
        if (!seen) return snapshots.look();
        record.look(work.ticket, seen);
        await snapshots.join();
        await settle(work, seen);
        adjustWindow(now() - startedAt);
        if (!isStoring && now() - storedAt >= STORE_RESULTS_MS) await storeResults();
      } catch (error) {
        failure ??= { error };
        snapshots.look();
      }
    }

    async function storeResults(): Promise<void> {
      isStoring = true;
      storedAt = now();
      await record.storeResults().finally(() => (isStoring = false));
      dependencies.onProgress?.(record.countsSinceStart());
    }
  }

  /** A batch that may send little has little in hand, and each lane at least one ticket. */
  function mayTake(inHand: number): boolean {
    if (inHand === 0) return true;
    return inHand < (dependencies.mostInHand?.() ?? LARGEST_WINDOW) && (!ownRate || ownRate.hasRoom);
  }

  /** Ends the turn's waits at its end. */
  function wakeAt(at: number): Disposable {
    const ended = new AbortController();
    void dependencies.sleep(at - now(), AbortSignal.any([stop, ended.signal])).then(() => over.abort());
    return { [Symbol.dispose]: () => ended.abort() };
  }

  function adjustWindow(elapsedMs: number): void {
    if (elapsedMs < SHORT_WAY_MS) window.tickets = Math.min(window.tickets + 1, LARGEST_WINDOW);
    // A way that is long because of a batch's own maximum tells the others nothing.
    else if (elapsedMs > LONG_WAY_MS && window.tickets > SMALLEST_WINDOW && !ownRate?.isLimited) window.tickets--;
  }

  /** Lists a ticket. Undefined: it has an outcome already, or waits. */
  async function lookAt(work: TicketWork): Promise<ReadonlySet<string> | undefined> {
    try {
      const seen = await readTicket(freshApi, work.ticket, stop);
      breaker.noteAnswer();
      // What the batch's earlier turns have made may not show yet.
      for (const related of work.made) seen.add(related);
      return seen;
    } catch (error) {
      const verdict = judge(error);
      if (stop.aborted || verdict.kind === "unsent") {
        ends.remaining++;
        return undefined;
      }
      noteOnBreaker(verdict, breaker);
      const outcome = verdict.kind === "refused" ? verdict.outcome : undefined;
      for (const row of work.open) record.note(row, verdict.attempts, verdict.failure, outcome);
      if (verdict.kind === "trouble") breaker.open(verdict.trouble);
      const isWaiting = verdict.kind === "held" || breaker.isOpen;
      ends[outcome ? "settled" : isWaiting ? "remaining" : "unsettled"]++;
      return undefined;
    }
  }

  async function settle(work: TicketWork, seen: ReadonlySet<string> | undefined): Promise<void> {
    const before = record.before(work.ticket);
    if (!before) throw new Error(`no snapshot of ticket ${work.ticket}`);
    const end = await settleTicket(work, before, seen, context);
    ends[end]++;
    if (end === "ambiguous") inDoubt.push(work);
  }
}

const IN_DOUBT =
  "the outcome of the last request is unknown and the ticket could not be read since; look at it before a retry";
