import type { CallFacts } from "@caselink/sdk";
import type { RowOutcome } from "../contracts.ts";
import type { Breaker } from "./breaker.ts";
import type { AssociationsApi, Operation, WantedRow } from "./operation.ts";
import { judge, type CallFailure, type Verdict } from "./verdict.ts";

/** A ticket of the chunk and what of it is still open. */
export interface TicketWork {
  ticket: string;
  group: string;
  /** Rows without an outcome, in file order. */
  open: WantedRow[];
}

/**
 * How a ticket left the turn.
 *
 * - `settled`: every row has its outcome.
 * - `remaining`: not begun, or stopped by what is no fault of its own; nothing is in doubt.
 * - `unsettled`: failing in a way that may pass; nothing is in doubt.
 * - `ambiguous`: a write may have been executed and the ticket could not be read since.
 */
export type TicketEnd = "settled" | "remaining" | "unsettled" | "ambiguous";

export interface SettleContext {
  api: AssociationsApi;
  operation: Operation;
  breaker: Breaker;
  /** The turn is over: nothing new is begun. */
  isStopping(): boolean;
  /** Waits of the retry tier within a chunk. Not cut short: what is in doubt is cleared first. */
  sleep: (milliseconds: number) => Promise<void>;
  random: () => number;
  /** Notes what became of a row; without an outcome it stays open. */
  note(row: WantedRow, attempts: number, facts: CallFailure, outcome?: RowOutcome): void;
}

const TRIES = 4;
const FIRST_WAIT_MS = 200;

/** Reads what a ticket holds. The signal ends a read that nothing depends on. */
export async function readTicket(api: AssociationsApi, ticketId: string, signal?: AbortSignal): Promise<Set<string>> {
  const { associations } = await api.listAssociations({ ticketId }, signal ? { signal } : {});
  return new Set(associations.map((association) => association.ticketId));
}

/**
 * Brings a ticket to what its rows want.
 *
 * An ambiguous failure is settled by reading the ticket, never by sending blindly again; a refusal of a call with
 * several ids is isolated by sending them one by one, after a look at what the API made of the first call.
 *
 * @param before what the ticket held when the turn began: the snapshot
 * @param seen what it holds now where that is known; else it is read first
 */
export async function settleTicket(
  work: TicketWork,
  before: ReadonlySet<string>,
  seen: ReadonlySet<string> | undefined,
  context: SettleContext,
): Promise<TicketEnd> {
  const { api, operation, breaker } = context;
  let present = seen;
  // Without a look an earlier attempt's write may be in doubt.
  let isInDoubt = seen === undefined;
  let isIsolating = false;
  let tries = 0;

  for (;;) {
    if (present === undefined) {
      const look = await lookAgain();
      if (look === "failed") return isInDoubt ? "ambiguous" : waitingEnd();
      if (look === "settled") return "settled";
      present = look;
      isInDoubt = false;
    }
    settleReached(present);
    const { toSend, withoutRoom } = operation.select(work.open, present, isIsolating);
    for (const row of withoutRoom) {
      settle(row, 0, { error_message: "the ticket has no room for it: at most three associations" }, "limit_reached");
    }
    if (toSend.length === 0) return "settled";
    if (context.isStopping()) return "remaining";

    const answer = await send(toSend);
    if (answer.kind === "done") {
      for (const row of toSend) settle(row, answer.facts.attempts, factsOf(answer.facts), operation.done);
      present = operation.after(present, toSend);
      continue;
    }
    if (answer.kind === "refused") {
      if (toSend.length === 1) for (const row of toSend) settle(row, answer.attempts, answer.failure, answer.outcome);
      else {
        for (const row of toSend) context.note(row, answer.attempts, answer.failure);
        isIsolating = true;
        present = undefined; // a server that is not all-or-nothing may have created some
      }
      continue;
    }
    for (const row of toSend) context.note(row, answer.attempts, answer.failure);
    if (answer.kind === "trouble") {
      breaker.open(answer.trouble);
      return "remaining";
    }
    isInDoubt = answer.isInDoubt;
    if (isInDoubt) present = undefined;
    if (answer.isUnknownCode && toSend.length > 1) {
      isIsolating = true;
      continue;
    }
    tries++;
    if (tries < TRIES) {
      await context.sleep(FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + context.random()));
      continue;
    }
    if (isInDoubt) {
      const look = await lookAgain();
      if (look === "failed") return "ambiguous";
      if (look === "settled") return "settled";
      settleReached(look);
      present = look;
      isInDoubt = false;
    }
    if (work.open.length === 0) return "settled";
    if (!answer.isUnknownCode || breaker.isOpen) return waitingEnd();
    // A code that no document names, for a row on its own, time after time, is the API's word: waiting a day would
    // not change it.
    for (const row of toSend) if (work.open.includes(row)) settle(row, 0, answer.failure, "failed");
    tries = 0;
  }

  function settleReached(now: ReadonlySet<string>): void {
    for (const row of work.open.slice()) {
      const outcome = operation.reached(now.has(row.related), before.has(row.related));
      if (outcome) settle(row, 0, {}, outcome);
    }
  }

  function settle(row: WantedRow, attempts: number, facts: CallFailure, outcome: RowOutcome): void {
    work.open.splice(work.open.indexOf(row), 1);
    context.note(row, attempts, facts, outcome);
  }

  async function send(rows: WantedRow[]): Promise<{ kind: "done"; facts: CallFacts } | Verdict> {
    try {
      const facts = await operation.send(api, work.ticket, work.group, rows);
      breaker.noteAnswer();
      return { kind: "done", facts };
    } catch (error) {
      const verdict = judge(error);
      noteOnBreaker(verdict, breaker);
      return verdict;
    }
  }

  /** Reads the ticket, a few times where reading fails. */
  async function lookAgain(): Promise<ReadonlySet<string> | "failed" | "settled"> {
    for (let looks = 1; ; looks++) {
      try {
        const now = await readTicket(api, work.ticket);
        breaker.noteAnswer();
        return now;
      } catch (error) {
        const verdict = judge(error);
        noteOnBreaker(verdict, breaker);
        if (verdict.kind === "refused") {
          // A ticket that the API refuses takes no writes either.
          for (const row of work.open.slice()) settle(row, verdict.attempts, verdict.failure, verdict.outcome);
          return "settled";
        }
        for (const row of work.open) context.note(row, 0, verdict.failure);
        if (verdict.kind === "trouble") breaker.open(verdict.trouble);
        if (breaker.isOpen || looks >= TRIES) return "failed";
        await context.sleep(FIRST_WAIT_MS * 2 ** (looks - 1) * (0.5 + context.random()));
      }
    }
  }

  function waitingEnd(): TicketEnd {
    return breaker.isOpen ? "remaining" : "unsettled";
  }
}

export function noteOnBreaker(verdict: Verdict, breaker: Breaker): void {
  if (verdict.kind === "refused" || (verdict.kind === "unclear" && verdict.isUnknownCode)) breaker.noteAnswer();
  if (verdict.kind === "unclear") {
    breaker.noteFailure(verdict.failure.error_message ?? "the API does not answer", verdict.failure.http_status);
  }
}

function factsOf(facts: CallFacts): CallFailure {
  return { http_status: facts.httpStatus, ...(facts.requestId !== undefined && { request_id: facts.requestId }) };
}
