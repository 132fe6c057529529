import type { ChunkCounts, ChunkResult, ChunkTask, Trouble } from "../contracts.ts";
import { admitted, type Admission } from "./admission.ts";
import { Breaker } from "./breaker.ts";
import type { Canary } from "./canary.ts";
import { ChunkRecord, type ChunkLedger } from "./chunk-record.ts";
import { LaneHold, type LaneHoldOptions, type LeaseLedger } from "./lane-hold.ts";
import { operationOf } from "./operation.ts";
import type { ApiConnector } from "../api-connector.ts";
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
  /** Runs one ticket's work when the process has room for it; bounds what is in flight over all chunks. */
  limit: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Tickets that a lane of this process works in a second, as last seen; 0 where nothing is known, or trouble was met. */
  rate: { ticketsPerSecond: number };
  /** Aborted: no ticket is begun any more, reads and waits that nothing depends on end. */
  stop: AbortSignal;
  now: () => number;
  random: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  /** Told what this attempt has settled so far. */
  onProgress?: (counts: ChunkCounts) => void;
}

/** A slice is snapshotted, written and stored together; a crash costs at most the re-reading of one. */
const SLICE_SECONDS = 3;
const SMALLEST_SLICE = 8;
const LARGEST_SLICE = 640;

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
  const { ledger, now, stop } = dependencies;
  const { admission, sleep } = dependencies;
  const connected = dependencies.api.connect(() => hold.assertHeld());
  const api = admitted(connected, dependencies.api.endpoint, admission, { now, sleep });
  const record = await ChunkRecord.open(ledger, task, { now, beforeWrite: () => hold.assertHeld() });
  if (record.wasLetIn) admission.letIn("read");
  const breaker = new Breaker();
  const endsAt = now() + task.budgetMs;
  // A call without a budget only clears what is in doubt.
  const isStopping = (): boolean => stop.aborted || hold.isLost || breaker.isOpen || task.budgetMs === 0;
  const isOver = (): boolean => isStopping() || now() >= endsAt;
  const context: SettleContext = {
    api,
    operation: operationOf(task.kind, dependencies.overLimit),
    breaker,
    canary: dependencies.canary,
    isOver,
    isStopping,
    sleep: dependencies.sleep,
    random: dependencies.random,
    note: (row, attempts, facts, outcome) => record.note(row, attempts, facts, outcome),
    noteLost: (ticket, lost) => record.storeLost(ticket, lost),
  };
  const ends = { settled: 0, remaining: 0, unsettled: 0, ambiguous: 0 };
  const inDoubt: TicketWork[] = [];

  const open = record.openTickets();
  const touched = open.filter((work) => record.before(work.ticket) !== undefined);
  const fresh = open.filter((work) => record.before(work.ticket) === undefined);

  // What an earlier attempt of this turn may have sent.
  await settleAll(touched, undefined);
  if (touched.length > 0) await record.storeResults();

  let begun = 0;
  while (begun < fresh.length && !isOver()) {
    const startedAt = now();
    const size = sliceSize(begun, dependencies.rate.ticketsPerSecond);
    const slice = fresh.slice(begun, begun + size);
    begun += slice.length;
    const seen = await lookAt(slice);
    await record.storeSnapshot(seen);
    await settleAll(
      slice.filter((work) => seen.has(work.ticket)),
      seen,
    );
    await record.storeResults();
    dependencies.onProgress?.(record.countsSinceStart());
    const seconds = (now() - startedAt) / 1000;
    if (slice.length > 1 && seconds > 0) dependencies.rate.ticketsPerSecond = slice.length / seconds;
  }
  ends.remaining += fresh.length - begun;

  if (task.isLast && inDoubt.length > 0) {
    for (const { open: rows } of inDoubt) {
      for (const row of rows) record.note(row, 0, { error_message: IN_DOUBT }, "failed");
    }
    await record.storeResults();
    ends.ambiguous = 0;
  }
  if (breaker.isOpen) dependencies.rate.ticketsPerSecond = 0;
  const { remaining, unsettled, ambiguous } = ends;
  const trouble: Trouble | undefined = breaker.trouble;
  return { counts: record.counts(), remaining, unsettled, ambiguous, ...(trouble && { trouble }) };

  /** Lists the tickets of a slice. A ticket that is not in the answer has an outcome already or waits. */
  async function lookAt(slice: TicketWork[]): Promise<Map<string, ReadonlySet<string>>> {
    const seen = new Map<string, ReadonlySet<string>>();
    await forAll(slice, async (work) => {
      if (isOver()) {
        ends.remaining++;
        return;
      }
      try {
        seen.set(work.ticket, await readTicket(api, work.ticket, stop));
        breaker.noteAnswer();
      } catch (error) {
        if (stop.aborted) {
          ends.remaining++;
          return;
        }
        const verdict = judge(error);
        noteOnBreaker(verdict, breaker);
        const outcome = verdict.kind === "refused" ? verdict.outcome : undefined;
        for (const row of work.open) record.note(row, verdict.attempts, verdict.failure, outcome);
        if (verdict.kind === "trouble") breaker.open(verdict.trouble);
        const isWaiting = verdict.kind === "held" || breaker.isOpen;
        ends[outcome ? "settled" : isWaiting ? "remaining" : "unsettled"]++;
      }
    });
    return seen;
  }

  async function settleAll(works: TicketWork[], seen: Map<string, ReadonlySet<string>> | undefined): Promise<void> {
    await forAll(works, async (work) => {
      const before = record.before(work.ticket);
      if (!before) throw new Error(`no snapshot of ticket ${work.ticket}`);
      const end = await settleTicket(work, before, seen?.get(work.ticket), context);
      ends[end]++;
      if (end === "ambiguous") inDoubt.push(work);
    });
  }

  async function forAll(works: TicketWork[], each: (work: TicketWork) => Promise<void>): Promise<void> {
    const answers = await Promise.allSettled(works.map((work) => dependencies.limit(() => each(work))));
    for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
  }
}

const IN_DOUBT =
  "the outcome of the last request is unknown and the ticket could not be read since; look at it before a retry";

/**
 * Where nothing is known of the API, or it was in trouble, one ticket goes ahead alone: one request finds out whether
 * credentials are refused or the API is down.
 */
function sliceSize(begun: number, ticketsPerSecond: number): number {
  if (ticketsPerSecond === 0 && begun === 0) return 1;
  return Math.min(LARGEST_SLICE, Math.max(SMALLEST_SLICE, Math.round(ticketsPerSecond * SLICE_SECONDS)));
}
