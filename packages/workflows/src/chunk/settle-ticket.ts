import type { CallFacts } from "@caselink/sdk";
import type { RowOutcome } from "../contracts.ts";
import type { Breaker } from "./breaker.ts";
import type { Canary, Trial } from "./canary.ts";
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
  canary: Canary;
  /** The turn is over: nothing new is begun. */
  isStopping(): boolean;
  /** Waits of the retry tier within a chunk. Not cut short: what is in doubt is cleared first. */
  sleep: (milliseconds: number) => Promise<void>;
  random: () => number;
  /** Notes what became of a row; without an outcome it stays open. */
  note(row: WantedRow, attempts: number, facts: CallFailure, outcome?: RowOutcome): void;
}

const CANARY_LOOKS = 5;
const CANARY_WAIT_MS = 500;
/** Three looks over 3 s: as long as an absent association must stay absent before it is sent again. */
const SURE_LOOKS = 3;
const SURE_WAIT_MS = 1_000;
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
      const look = await (isInDoubt ? lookUntilSure() : lookAgain());
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
    if (context.isStopping()) return tries > 0 ? waitingEnd() : "remaining";

    const trial = await context.canary.enter(present.size === 0 ? "without associations" : "with associations");
    if (context.canary.trouble) {
      trial?.abandon();
      breaker.open(context.canary.trouble);
      return "remaining";
    }
    const answer = await send(toSend);
    if (answer.kind !== "done") trial?.abandon();
    if (answer.kind === "done") {
      if (trial && !(await isAsDocumented(trial, present, toSend))) {
        breaker.open(context.canary.trouble ?? { kind: "unavailable", reason: "the first write cannot be read back" });
        return work.open.length === 0 ? "settled" : "remaining";
      }
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
      const look = await lookUntilSure();
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

  /** Reads the canary's write back. Reads may lag behind writes by some seconds. */
  async function isAsDocumented(trial: Trial, from: ReadonlySet<string>, sent: WantedRow[]): Promise<boolean> {
    const expected = operation.after(from, sent);
    for (let looks = 1; ; looks++) {
      const now = await lookAgain();
      if (typeof now === "string") {
        trial.abandon();
        return now === "settled";
      }
      if (now.size === expected.size && [...expected].every((id) => now.has(id))) {
        trial.confirm();
        return true;
      }
      if (looks >= CANARY_LOOKS) {
        settleReached(now);
        trial.refute({
          ticket: work.ticket,
          before: [...from],
          asked: sent.map(({ related }) => related),
          after: [...now],
        });
        return false;
      }
      await context.sleep(CANARY_WAIT_MS * looks);
    }
  }

  function settleReached(now: ReadonlySet<string>): void {
    for (const row of work.open.slice()) {
      const outcome = operation.reached(now.has(row.related), before.has(row.related));
      if (outcome) settle(row, 0, {}, outcome);
    }
  }

  function settle(row: WantedRow, attempts: number, facts: CallFailure, outcome: RowOutcome): void {
    const at = work.open.indexOf(row);
    if (at < 0) return;
    work.open.splice(at, 1);
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

  /** What is not there after a write in doubt is looked for again: reads may lag behind writes by some seconds. */
  async function lookUntilSure(): Promise<ReadonlySet<string> | "failed" | "settled"> {
    for (let looks = 1; ; looks++) {
      const now = await lookAgain();
      if (typeof now === "string" || looks >= SURE_LOOKS) return now;
      const isReached = (row: WantedRow) =>
        operation.reached(now.has(row.related), before.has(row.related)) !== undefined;
      if (work.open.every(isReached)) return now;
      await context.sleep(SURE_WAIT_MS * looks);
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
