import type { CallFacts } from "@caselink/sdk";
import type { RowOutcome } from "../workflow/contracts.ts";
import type { RejectionScope } from "../batch/rejection-classifier.ts";
import type { TurnBreaker } from "./turn-breaker.ts";
import type { Canary, CanaryWrite } from "../batch/canary.ts";
import type { AssociationsApi, Operation, ChunkRow } from "./operation.ts";
import { READ_LAG_MS } from "../workflow/read-lag.ts";
import { classifyError, type CallFailure, type CallRecord, type Verdict } from "./verdict.ts";

/** A ticket of the chunk and what of it is still open. */
export interface TicketWork {
  ticket: string;
  group: string;
  /** Rows without an outcome, in file order. */
  open: ChunkRow[];
  /** What this batch is known to have put there, whether reads show it yet or not. */
  addedIds: readonly string[];
}

/**
 * How a ticket left the turn.
 *
 * - `settled`: every row has its outcome.
 * - `remaining`: not begun, or stopped by what is no fault of its own; nothing is in doubt.
 * - `unsettled`: failing in a way that may pass; nothing is in doubt.
 * - `ambiguous`: a write may have been executed, and the ticket was not seen since.
 */
export type TicketEnd = "settled" | "deferred" | "retryable" | "ambiguous";

export interface SettleContext {
  api: AssociationsApi;
  operation: Operation;
  breaker: TurnBreaker;
  canary: Canary;
  /** The turn is over: no ticket is begun any more. One that is begun goes on. */
  isOver(): boolean;
  /** Nothing more is written for any ticket. */
  isStopping(): boolean;
  /** The turn ends at once: not even what is in doubt is looked at any more. A call of its own clears it later. */
  isStopped(): boolean;
  /** Waits of the retry tier within a chunk; cut short when the turn ends at once. */
  sleep: (milliseconds: number) => Promise<void>;
  random: () => number;
  /** Notes what became of a row; without an outcome it stays open. */
  recordRow: (row: ChunkRow, attempts: number, facts: CallRecord, outcome?: RowOutcome) => void;
  /** Whether a code that no document names, and that a ticket ends with, is meant for it or for the whole batch. */
  scopeOfCode: (code: string, ticket: string) => Promise<RejectionScope>;
  /** Keeps what a write of this batch made go away, so that an undo can put it back. */
  recordDisplaced: (ticket: string, lost: string[]) => Promise<void>;
}

const MAX_TRIES = 4;
const FIRST_WAIT_MS = 200;
/** So long an association must stay absent before it is sent again: four looks, after 0, 1, 2.5 and 5 s. */
const ABSENCE_WAITS_MS = [0.2, 0.3, 0.5].map((part) => part * READ_LAG_MS);
/** So long a write may not show before the API is taken to have done something else. */
const CANARY_WAITS_MS = [0.1, 0.2, 0.3, 0.4].map((part) => part * READ_LAG_MS);
const OVER_LIMIT: CallFailure = { error_message: "the ticket has no room for it: at most three associations" };

/** Reads what a ticket holds. The signal ends a read that nothing depends on. */
export async function listRelatedIds(
  api: Pick<AssociationsApi, "listAssociations">,
  ticketId: string,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const { associations } = await api.listAssociations({ ticketId }, signal ? { signal } : {});
  return new Set(associations.map((association) => association.ticketId));
}

/**
 * Brings a ticket to what its rows want.
 *
 * @param before what the ticket held when the turn began: the snapshot
 * @param seen what it holds now where that is known; else an earlier attempt may have sent something, and it is read first
 */
export function settleTicket(
  work: TicketWork,
  before: ReadonlySet<string>,
  seen: ReadonlySet<string> | undefined,
  context: SettleContext,
): Promise<TicketEnd> {
  return new TicketSettler(work, before, seen, context).run();
}

type TicketRead = ReadonlySet<string> | "failed" | "refused";

class TicketSettler {
  readonly #work: TicketWork;
  readonly #snapshot: ReadonlySet<string>;
  readonly #context: SettleContext;
  /** What this batch has put there. */
  readonly #addedIds: Set<string>;
  /** What the ticket holds, where that is known. */
  #current: ReadonlySet<string> | undefined;
  /**
   * What may have been executed without having been seen: a write without an answer (`sent`), or a part of a refused
   * call, on a server that is not all-or-nothing (`refused`).
   */
  #ambiguity: "none" | "refused" | "sent";
  /** A call with several ids was refused: from here on one by one, so that a bad id does not sink the others. */
  #isIsolating = false;
  #tries = 0;

  constructor(
    work: TicketWork,
    before: ReadonlySet<string>,
    seen: ReadonlySet<string> | undefined,
    context: SettleContext,
  ) {
    this.#work = work;
    this.#snapshot = before;
    this.#context = context;
    this.#addedIds = new Set(work.addedIds);
    this.#current = seen && this.#withAdded(seen);
    this.#ambiguity = seen ? "none" : "sent";
  }

  async run(): Promise<TicketEnd> {
    const { operation, breaker } = this.#context;
    for (;;) {
      const end = await this.#readIfUnknown();
      if (end) return end;
      const present = this.#current ?? new Set();
      const { toSend, overLimit: withoutRoom } = operation.select(this.#work.open, present, this.#isIsolating);
      for (const row of withoutRoom.slice()) this.#settle(row, 0, OVER_LIMIT, "limit_reached");
      if (toSend.length === 0) return "settled";
      if (this.#tries >= MAX_TRIES) return this.#waitingEnd();
      if (this.#tries === 0 && this.#context.isOver()) return this.#leave("deferred");
      if (this.#context.isStopping()) return this.#waitingEnd();
      if (!(await this.#write(toSend, present))) return this.#leave("deferred");
      if (breaker.isOpen && this.#ambiguity === "none") return this.#leave("deferred");
    }
  }

  /** Ends only where the ticket cannot be read, or is refused as a whole. */
  async #readIfUnknown(): Promise<TicketEnd | undefined> {
    if (this.#current === undefined) {
      const look = await (this.#ambiguity === "sent" ? this.#readUntilSure() : this.#read());
      if (look === "failed") return this.#ambiguity === "none" ? this.#waitingEnd() : "ambiguous";
      if (look === "refused") return "settled";
      if (this.#ambiguity === "sent") this.#ambiguity = "none";
      this.#current = this.#withAdded(look);
    }
    this.#settleReached(this.#current);
    return undefined;
  }

  /** Sends rows in one call and takes the answer in. False: something that is no fault of theirs stands in the way. */
  async #write(rows: ChunkRow[], present: ReadonlySet<string>): Promise<boolean> {
    const { canary, breaker } = this.#context;
    const trial = await canary.enter(present.size === 0 ? "without associations" : "with associations");
    try {
      if (canary.waitReason) breaker.open(canary.waitReason);
      // It may have had to stop while it waited for another ticket's trial.
      if (this.#context.isStopping()) return false;
      const answer = await this.#send(rows, this.#isIsolating ? new Set() : present);
      if (answer.kind === "done" && trial && !(await this.#isAsDocumented(trial, present, rows))) return false;
      if (answer.kind !== "done") trial?.abandon();
      return await this.#takeResult(answer, rows, present);
    } finally {
      // Whatever stopped it: all others of the sort wait for this trial.
      trial?.abandon();
    }
  }

  /** Takes in what a write came to. False: something that is no fault of the rows stands in the way. */
  async #takeResult(
    answer: { kind: "done"; facts: CallFacts } | Verdict,
    rows: ChunkRow[],
    present: ReadonlySet<string>,
  ): Promise<boolean> {
    const { breaker, operation } = this.#context;
    if (answer.kind === "done") {
      for (const row of rows) this.#settle(row, answer.facts.attempts, factsOf(answer.facts), operation.done(row));
      this.#current = operation.expected(present, rows);
      return true;
    }
    if (answer.kind === "unsent") return false;
    if (answer.kind === "rejected" && rows.length === 1) {
      for (const row of rows) this.#settle(row, answer.attempts, answer.failure, answer.outcome);
      return true;
    }
    for (const row of rows) this.#context.recordRow(row, answer.attempts, answer.failure);
    if (answer.kind === "wait" || answer.kind === "undetermined") {
      if (answer.kind === "wait") breaker.open(answer.waitReason);
      return false;
    }
    if (answer.kind === "rejected") this.#ambiguity = "refused";
    else if (answer.isAmbiguous) this.#ambiguity = "sent";
    if (answer.kind === "rejected" || answer.isAmbiguous) this.#current = undefined;
    if (rows.length > 1 && (answer.kind === "rejected" || answer.isUnknownCode)) this.#isIsolating = true;
    else if (answer.kind === "retryable") return this.#failedTry(rows, answer);
    return true;
  }

  /** One try of these rows more has failed in a way that may pass. False: that is no fault of theirs, as it seems. */
  async #failedTry(rows: ChunkRow[], answer: Extract<Verdict, { kind: "retryable" }>): Promise<boolean> {
    const { sleep, random, breaker } = this.#context;
    this.#tries++;
    if (this.#tries < MAX_TRIES) {
      await sleep(FIRST_WAIT_MS * 2 ** (this.#tries - 1) * (0.5 + random()));
      return true;
    }
    if (!answer.isUnknownCode || breaker.isOpen) return true;
    // A code that no document names, for a row on its own, time after time, is the API's word: waiting a day would not
    // change it. Unless the association is there after all.
    const look = await this.#readUntilSure();
    if (typeof look === "string") return true;
    this.#ambiguity = "none";
    this.#current = this.#withAdded(look);
    this.#settleReached(this.#current);
    const isOpen = rows.some((row) => this.#work.open.includes(row));
    if (isOpen && !(await this.#concernsTicket(answer.failure))) return false;
    for (const row of rows) this.#settle(row, 0, answer.failure, "failed");
    this.#tries = 0;
    return true;
  }

  /** Whether the API means this ticket by a code that no document names. */
  async #concernsTicket(failure: CallFailure): Promise<boolean> {
    const { error_code: code = "none", http_status: httpStatus, error_message: message } = failure;
    const who = await this.#context.scopeOfCode(code, this.#work.ticket);
    if (who === "batch") {
      const reason = `every write so far was answered with a code that no document names (${code}: ${message ?? ""})`;
      this.#context.breaker.open({ kind: "behaviour", reason, code, ...(httpStatus !== undefined && { httpStatus }) });
    }
    return who === "ticket";
  }

  /** Reads the canary's write back. Reads may lag behind writes by some seconds. */
  async #isAsDocumented(trial: CanaryWrite, from: ReadonlySet<string>, sent: ChunkRow[]): Promise<boolean> {
    const { operation, canary, breaker, sleep } = this.#context;
    const expected = [...operation.expected(from, sent)];
    for (let looks = 1; ; looks++) {
      const now = await this.#read();
      if (typeof now === "string") {
        // Not to be read back: the API's word stands, and another ticket is tried. Who has to stop looks later.
        if (!this.#context.isStopped()) return true;
        this.#current = undefined;
        this.#ambiguity = "sent";
        return false;
      }
      // What others add meanwhile is none of its business.
      if (expected.every((id) => now.has(id)) && sent.every((row) => this.#isReached(row, now))) {
        trial.confirm();
        return true;
      }
      const waitMs = CANARY_WAITS_MS[looks - 1];
      if (waitMs === undefined) {
        const asked = sent.map(({ related }) => related);
        trial.fail({ ticket: this.#work.ticket, before: [...from], asked, after: [...now] });
        if (canary.waitReason) breaker.open(canary.waitReason);
        this.#settleReached(now);
        const lost = expected.filter((id) => this.#snapshot.has(id) && !now.has(id));
        if (lost.length > 0) await this.#context.recordDisplaced(this.#work.ticket, lost);
        return false;
      }
      await sleep(waitMs);
    }
  }

  /** What is not there after a write in doubt is looked for again: reads may lag behind writes by some seconds. */
  async #readUntilSure(): Promise<TicketRead> {
    for (let looks = 1; ; looks++) {
      const now = await this.#read();
      const waitMs = ABSENCE_WAITS_MS[looks - 1];
      if (typeof now === "string" || waitMs === undefined) return now;
      if (this.#work.open.every((row) => this.#isReached(row, now))) return now;
      await this.#context.sleep(waitMs);
    }
  }

  /** Reads the ticket, a few times where reading fails. A ticket that the API refuses is settled by that. */
  async #read(): Promise<TicketRead> {
    const { api, breaker, recordRow: note, sleep, random } = this.#context;
    const { ticket, open } = this.#work;
    for (let looks = 1; !this.#context.isStopped(); looks++) {
      try {
        const now = await listRelatedIds(api, ticket);
        breaker.recordResponse();
        return now;
      } catch (error) {
        const verdict = classifyError(error);
        if (verdict.kind === "unsent") return "failed";
        recordOnBreaker(verdict, breaker);
        if (verdict.kind === "rejected") {
          for (const row of open.slice()) this.#settle(row, verdict.attempts, verdict.failure, verdict.outcome);
          return "refused";
        }
        for (const row of open) note(row, 0, verdict.failure);
        if (verdict.kind === "wait") breaker.open(verdict.waitReason);
        if (breaker.isOpen || verdict.kind === "undetermined" || looks >= MAX_TRIES) return "failed";
        await sleep(FIRST_WAIT_MS * 2 ** (looks - 1) * (0.5 + random()));
      }
    }
    return "failed";
  }

  async #send(rows: ChunkRow[], kept: ReadonlySet<string>): Promise<{ kind: "done"; facts: CallFacts } | Verdict> {
    const { api, operation, breaker } = this.#context;
    try {
      const facts = await operation.send(api, this.#work.ticket, this.#work.group, rows, kept);
      breaker.recordResponse();
      return { kind: "done", facts };
    } catch (error) {
      const verdict = classifyError(error);
      recordOnBreaker(verdict, breaker);
      return verdict;
    }
  }

  #isReached(row: ChunkRow, now: ReadonlySet<string>): boolean {
    const { related } = row;
    return this.#context.operation.reached(row, now.has(related), this.#snapshot.has(related)) !== undefined;
  }

  #settleReached(now: ReadonlySet<string>): void {
    for (const row of this.#work.open.slice()) {
      const outcome = this.#context.operation.reached(row, now.has(row.related), this.#snapshot.has(row.related));
      if (outcome) this.#settle(row, 0, {}, outcome);
    }
  }

  /** What was seen, with what this batch has made: that may not show yet. */
  #withAdded(seen: ReadonlySet<string>): ReadonlySet<string> {
    return this.#addedIds.size === 0 ? seen : new Set([...seen, ...this.#addedIds]);
  }

  #settle(row: ChunkRow, attempts: number, facts: CallRecord, outcome: RowOutcome): void {
    const at = this.#work.open.indexOf(row);
    if (at < 0) return;
    this.#work.open.splice(at, 1);
    if (isAdding(outcome)) this.#addedIds.add(row.related);
    this.#context.recordRow(row, attempts, facts, outcome);
  }

  #waitingEnd(): TicketEnd {
    return this.#leave(this.#context.breaker.isOpen ? "deferred" : "retryable");
  }

  /** A ticket with something in doubt stays in its turn, so that its snapshot stays good. */
  #leave(end: "deferred" | "retryable"): TicketEnd {
    if (this.#work.open.length === 0) return "settled";
    return this.#ambiguity === "none" ? end : "ambiguous";
  }
}

/** The outcome says that this batch has put the association there. */
export const isAdding = (outcome: RowOutcome | undefined): boolean => outcome === "created" || outcome === "restored";

export function recordOnBreaker(verdict: Verdict, breaker: TurnBreaker): void {
  if (verdict.kind === "rejected" || (verdict.kind === "retryable" && verdict.isUnknownCode)) breaker.recordResponse();
  if (verdict.kind === "retryable" && !verdict.isUnknownCode) {
    breaker.recordFailure(verdict.failure.error_message ?? "the API does not answer", verdict.failure.http_status);
  }
}

function factsOf({ httpStatus, requestId, elapsedMs }: CallFacts): CallRecord {
  return {
    http_status: httpStatus,
    ...(requestId !== undefined && { request_id: requestId }),
    ...(elapsedMs !== undefined && { elapsed_ms: Math.round(elapsedMs * 10) / 10 }),
  };
}
