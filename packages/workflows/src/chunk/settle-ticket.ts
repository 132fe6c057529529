import type { ChunkRow } from "@caselink/ledger";
import { ASSOCIATIONS_PER_TICKET, type CallFacts } from "@caselink/sdk";
import type { CanaryWrite, Evidence } from "../batch/canary.ts";
import type { RowOutcome } from "../workflow/contracts.ts";
import { listRelatedIds } from "./list-related-ids.ts";
import { readBack } from "./read-back.ts";
import { readRelated } from "./read-related.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { isAdding, type SettleContext, type TicketEnd, type TicketWork } from "./settle-context.ts";
import type { SharedTickets } from "./shared-tickets.ts";
import type { SymmetryLook } from "./symmetry-check.ts";
import { classifyError, factsOf, type CallFailure, type CallRecord, type Verdict } from "./verdict.ts";

const MAX_TRIES = 4;
/**
 * The waits in which an association has to stay absent before it is sent again, as parts of the read lag: four reads, with
 * a lag of 5 s after 0, 1, 2.5 and 5 s.
 */
const ABSENCE_WAITS = [0.2, 0.3, 0.5];
const NO_ROOM = "has no room for it: at most three associations";
const OVER_LIMIT: CallFailure = { error_message: `the ticket ${NO_ROOM}` };

/**
 * Works a ticket until its rows have an outcome, or the turn or the tries end.
 *
 * @param snapshot the associations at the start of the turn
 * @param current the associations now, if this attempt has read them; else an earlier attempt may have sent something, and
 * the ticket is read first
 */
export function settleTicket(
  work: TicketWork,
  snapshot: ReadonlySet<string>,
  current: ReadonlySet<string> | undefined,
  context: SettleContext,
): Promise<TicketEnd> {
  return new TicketSettler(work, snapshot, current, context).run();
}

/** The associations, or why there are none to continue with. */
type TicketRead = ReadonlySet<string> | "unread" | "rejected";

class TicketSettler {
  readonly #work: TicketWork;
  readonly #snapshot: ReadonlySet<string>;
  readonly #context: SettleContext;
  /** The associations that this batch has created or restored. */
  readonly #addedIds: Set<string>;
  /** Those that it has removed lately. */
  readonly #removedIds: Set<string>;
  /** The associations after the last read or write, if they are known. */
  #current: ReadonlySet<string> | undefined;
  /**
   * The ambiguity since the last read. `sent`: a write got no response. `rejected`: a call was rejected, and a server that is
   * not all-or-nothing may have executed a part of it.
   */
  #ambiguity: "none" | "rejected" | "sent";
  /** A call with several ids was rejected: the next calls have one id each, so that a bad id does not sink the others. */
  #isIsolating = false;
  #tries = 0;
  /** The ticket has started: it continues, or a turn that ends between its calls would start it again and again. */
  #hasSent = false;
  /** A rejection may concern the whole batch: the rows wait until the batch knows. */
  #isUnplaced = false;

  constructor(
    work: TicketWork,
    snapshot: ReadonlySet<string>,
    current: ReadonlySet<string> | undefined,
    context: SettleContext,
  ) {
    this.#work = work;
    this.#snapshot = snapshot;
    this.#context = context;
    this.#addedIds = new Set(work.addedIds);
    this.#removedIds = new Set(work.removedIds);
    this.#current = current && this.#withOwn(current);
    this.#ambiguity = current ? "none" : "sent";
  }

  async run(): Promise<TicketEnd> {
    const { sharedTickets } = this.#context;
    if (!sharedTickets) return this.#settleRows();
    const { ticket, open } = this.#work;
    using _ = await sharedTickets.hold([ticket, ...open.map(({ related }) => related)]);
    for (const row of open.slice())
      if (row.mirror_of !== undefined) this.#settle(row, 0, mirrored(row.mirror_of), "duplicate");
    // Other tickets of the turn may have changed this one since it was read.
    this.#current = undefined;
    const end = await this.#settleRows();
    sharedTickets.leave(ticket, end === "ambiguous" ? open.map(({ related }) => related) : []);
    return end;
  }

  async #settleRows(): Promise<TicketEnd> {
    const { operation, turnStop } = this.#context;
    for (;;) {
      const end = await this.#readIfUnknown();
      if (end) return end;
      const current = this.#current ?? new Set();
      const { sharedTickets } = this.#context;
      if (sharedTickets && !(await this.#settleFullRelated(current, sharedTickets))) return this.#waitingEnd();
      const { toSend, overLimit } = operation.select(this.#work.open, current, this.#isIsolating);
      for (const row of overLimit.slice()) this.#settle(row, 0, OVER_LIMIT, "limit_reached");
      if (toSend.length === 0) return "settled";
      if (this.#tries >= MAX_TRIES) return this.#waitingEnd();
      if (!this.#hasSent && this.#context.isOver()) return this.#leave("deferred");
      if (this.#context.isStopping()) return this.#waitingEnd();
      if (!(await this.#write(toSend, current))) return this.#leave(this.#isUnplaced ? "retryable" : "deferred");
      if (turnStop.waitReason && this.#ambiguity === "none") return this.#leave("deferred");
    }
  }

  /** Reads the ticket if its associations are unknown. Returns how the ticket leaves the turn if that failed. */
  async #readIfUnknown(): Promise<TicketEnd | undefined> {
    if (this.#current === undefined) {
      const read = await (this.#ambiguity === "sent" ? this.#readUntilSure() : this.#read());
      if (read === "unread") return this.#ambiguity === "none" ? this.#waitingEnd() : "ambiguous";
      if (read === "rejected") return "settled";
      if (this.#ambiguity === "sent") this.#ambiguity = "none";
      if (await this.#hasDisplaced(read)) return this.#leave("deferred");
      this.#current = this.#withOwn(read);
    }
    this.#settleReached(this.#current);
    return undefined;
  }

  /**
   * On a symmetric API, settles the rows whose related ticket has no room. False: a related ticket could not be read, or
   * another ticket may have written to it. If the API rejects reading it, the API decides about the row.
   */
  async #settleFullRelated(current: ReadonlySet<string>, sharedTickets: SharedTickets): Promise<boolean> {
    const { api, turnStop, operation } = this.#context;
    const { ticket, open } = this.#work;
    const adding = open.filter((each) => operation.adds(each) && !current.has(each.related));
    const isAmbiguous = (id: string): boolean => sharedTickets.isAmbiguous(id, ticket);
    if (adding.some(({ related }) => isAmbiguous(related) || isAmbiguous(ticket))) return false;
    for (const row of adding) {
      const read = await readRelated(row.related, api, turnStop);
      if (read === "unread") return false;
      const found = sharedTickets.correct(row.related, read ?? new Set());
      if (found.size >= ASSOCIATIONS_PER_TICKET && !found.has(ticket))
        this.#settle(row, 0, { error_message: `the related ticket ${row.related} ${NO_ROOM}` }, "limit_reached");
    }
    return true;
  }

  /** Sends rows in one call and takes its result. False: the ticket has to wait through no fault of its rows. */
  async #write(rows: ChunkRow[], current: ReadonlySet<string>): Promise<boolean> {
    const { canary, turnStop } = this.#context;
    const canaryWrite = await canary.enter(current.size === 0 ? "without associations" : "with associations");
    try {
      if (canary.waitReason) turnStop.set(canary.waitReason);
      // The turn may have ended while the ticket waited for another ticket's canary write.
      if (this.#context.isStopping()) return false;
      const look = canaryWrite && (await this.#lookAtRelated(rows));
      const nameable = this.#isIsolating ? new Set<string>() : current;
      const result = await this.#send(rows, nameable);
      if (result.kind === "done" && canaryWrite) {
        // Whatever reads show meanwhile, the API confirmed it: if it shows later, this batch did it.
        for (const row of rows) this.#context.recordRow(row, 0, { ...factsOf(result.facts), confirmed: true });
        if (!(await this.#isAsDocumented(canaryWrite, look, current, rows))) return false;
      }
      if (result.kind !== "done") canaryWrite?.abandon();
      const hasSeveral = this.#context.operation.named(rows, nameable).length > 1;
      return await this.#takeResult(result, rows, current, hasSeveral);
    } finally {
      // Whatever stopped it: all other tickets of its kind wait for this canary write.
      canaryWrite?.abandon();
    }
  }

  /**
   * Takes the result of a write. False: the ticket has to wait through no fault of its rows.
   *
   * @param hasSeveral the call named several related tickets
   */
  async #takeResult(
    result: { kind: "done"; facts: CallFacts } | Verdict,
    rows: ChunkRow[],
    current: ReadonlySet<string>,
    hasSeveral: boolean,
  ): Promise<boolean> {
    const { operation } = this.#context;
    if (result.kind === "done") {
      for (const row of rows) this.#settle(row, result.facts.attempts, factsOf(result.facts), operation.done(row));
      this.#current = operation.expected(current, rows);
      return true;
    }
    if (result.kind === "unsent") return false;
    if (result.kind === "rejected" && !hasSeveral) {
      for (const row of rows) this.#settle(row, result.attempts, result.failure, result.outcome);
      return true;
    }
    for (const row of rows) this.#context.recordRow(row, result.attempts, result.failure);
    if (result.kind === "wait" || result.kind === "undetermined") {
      this.#isUnplaced = result.kind === "undetermined";
      return false;
    }
    if (result.kind === "rejected") this.#ambiguity = "rejected";
    else if (result.isAmbiguous) this.#ambiguity = "sent";
    if (result.kind === "rejected" || result.isAmbiguous) this.#current = undefined;
    if (hasSeveral && (result.kind === "rejected" || result.isUnknownCode)) this.#isIsolating = true;
    else if (result.kind === "retryable") return this.#failedTry(rows, result);
    return true;
  }

  /** One more try of these rows has failed with a temporary failure. False: the rows may not be at fault. */
  async #failedTry(rows: ChunkRow[], result: Extract<Verdict, { kind: "retryable" }>): Promise<boolean> {
    const { sleep, random, turnStop } = this.#context;
    this.#tries++;
    if (this.#tries < MAX_TRIES) {
      await sleep(retryDelayMs(this.#tries, random));
      return true;
    }
    if (!result.isUnknownCode || turnStop.waitReason) return true;
    // An undocumented code for a single row, try after try, is final: waiting a day would not change it. Unless the
    // association exists anyway.
    const read = await this.#readUntilSure();
    if (typeof read === "string") return true;
    this.#ambiguity = "none";
    this.#current = this.#withOwn(read);
    this.#settleReached(this.#current);
    const isOpen = rows.some((row) => this.#work.open.includes(row));
    if (isOpen && !this.#concernsTicket(result.failure)) return false;
    for (const row of rows) this.#settle(row, 0, result.failure, "failed");
    this.#tries = 0;
    return true;
  }

  /** True if an undocumented code concerns this ticket and not the whole batch. */
  #concernsTicket(failure: CallFailure): boolean {
    const { error_code: code = "none", http_status: httpStatus, error_message: message } = failure;
    const reason = `every write so far got a response with an undocumented code (${code}: ${message ?? ""})`;
    const facts = { code, ...(httpStatus !== undefined && { httpStatus }) };
    const waitReason = { kind: "behaviour" as const, reason, rejection: `code ${code.slice(0, 64)}`, ...facts };
    const scope = this.#context.scopeOfCode(this.#work.ticket, waitReason);
    if (scope === "batch") this.#context.turnStop.set(waitReason);
    else this.#isUnplaced = scope === "unknown";
    return scope === "ticket";
  }

  async #lookAtRelated([row]: ChunkRow[]): Promise<SymmetryLook | undefined> {
    const { operation, symmetryCheck } = this.#context;
    return row && operation.adds(row) ? symmetryCheck?.look(this.#work.ticket, row.related) : undefined;
  }

  /** Reads a canary write back. Reads may lag behind writes by some seconds. */
  async #isAsDocumented(
    canaryWrite: CanaryWrite,
    look: SymmetryLook | undefined,
    current: ReadonlySet<string>,
    sent: ChunkRow[],
  ): Promise<boolean> {
    const { operation, readLag } = this.#context;
    const { ticket } = this.#work;
    const asked = sent.map(({ related }) => related);
    const expected = operation.expected(current, sent);
    const found = await readBack({ expected, asked, read: () => this.#read(), ...this.#context });
    if (typeof found === "string") {
      // The write cannot be read back: the response counts, and another ticket becomes the canary. If the turn is
      // stopped, a later pass reads the ticket.
      if (!this.#context.isStopped()) return true;
      this.#current = undefined;
      this.#ambiguity = "sent";
      return false;
    }
    if (found.isExpected) {
      if (found.isLate)
        await readLag.learn(found.lagMs, `a write of ${asked.join(", ")} to ${ticket} showed after ${found.lagMs} ms`);
      await look?.conclude();
      canaryWrite.confirm();
      return true;
    }
    const isRemoval = !sent.some((each) => operation.adds(each));
    const row = sent[0]?.row ?? 0;
    await this.#misbehaved({ row, current: [...current], asked, found: [...found.associations], isRemoval }, expected);
    canaryWrite.confirm();
    return false;
  }

  /** Stops the batch. @param expected the associations that a documented write would have left */
  async #misbehaved(evidence: Evidence, expected: ReadonlySet<string>): Promise<void> {
    const { canary, turnStop, recordDisplaced } = this.#context;
    canary.fail(evidence);
    if (canary.waitReason) turnStop.set(canary.waitReason);
    const found = new Set(evidence.found);
    this.#settleReached(found);
    const displacedIds = [...expected].filter((id) => this.#snapshot.has(id) && !found.has(id));
    if (displacedIds.length > 0) await recordDisplaced(this.#work.ticket, displacedIds);
  }

  /** A canary write that an earlier turn could not read back shows now: true if others went away with it. */
  async #hasDisplaced(found: ReadonlySet<string>): Promise<boolean> {
    const { open, confirmedIds = [] } = this.#work;
    const sent = open.filter((row) => confirmedIds.includes(row.related));
    // On a symmetric API another batch may have changed the ticket from its other side meanwhile.
    if (this.#context.sharedTickets || !sent.some((row) => this.#isReached(row, found))) return false;
    const current = this.#withOwn(this.#snapshot);
    const expected = this.#context.operation.expected(current, sent);
    if ([...expected].every((id) => found.has(id) || !this.#snapshot.has(id))) return false;
    const asked = sent.map(({ related }) => related);
    const row = sent[0]?.row ?? 0;
    await this.#misbehaved({ row, current: [...current], asked, found: [...found], isRemoval: false }, expected);
    return true;
  }

  /** Reads several times what is absent after an ambiguous write: reads may lag behind writes by some seconds. */
  async #readUntilSure(): Promise<TicketRead> {
    for (let reads = 1; ; reads++) {
      const found = await this.#read();
      const wait = ABSENCE_WAITS[reads - 1];
      if (typeof found === "string" || wait === undefined) return found;
      if (this.#work.open.every((row) => this.#isReached(row, found))) return found;
      await this.#context.sleep(wait * this.#context.readLag.ms);
    }
  }

  /** Reads the ticket, with retries. A ticket that the API rejects is settled by that. */
  async #read(): Promise<TicketRead> {
    const { api, turnStop, recordRow: note, sleep, random } = this.#context;
    const { ticket, open } = this.#work;
    for (let reads = 1; !this.#context.isStopped(); reads++) {
      try {
        return await listRelatedIds(api, ticket);
      } catch (error) {
        const verdict = classifyError(error);
        if (verdict.kind === "unsent") return "unread";
        turnStop.take(verdict, ticket);
        if (verdict.kind === "rejected") {
          for (const row of open.slice()) this.#settle(row, verdict.attempts, verdict.failure, verdict.outcome);
          return "rejected";
        }
        for (const row of open) note(row, 0, verdict.failure);
        if (turnStop.waitReason || verdict.kind === "undetermined" || reads >= MAX_TRIES) return "unread";
        await sleep(retryDelayMs(reads, random));
      }
    }
    return "unread";
  }

  async #send(rows: ChunkRow[], current: ReadonlySet<string>): Promise<{ kind: "done"; facts: CallFacts } | Verdict> {
    const { api, operation, turnStop } = this.#context;
    const { ticket, group } = this.#work;
    this.#hasSent = true;
    try {
      return { kind: "done", facts: await operation.send(api, ticket, group, rows, current) };
    } catch (error) {
      const verdict = classifyError(error);
      turnStop.take(verdict, ticket);
      return verdict;
    }
  }

  #isReached(row: ChunkRow, found: ReadonlySet<string>): boolean {
    const { related } = row;
    return this.#context.operation.reached(row, found.has(related), this.#snapshot.has(related)) !== undefined;
  }

  #settleReached(found: ReadonlySet<string>): void {
    for (const row of this.#work.open.slice()) {
      const outcome = this.#context.operation.reached(row, found.has(row.related), this.#snapshot.has(row.related));
      if (outcome) this.#settle(row, 0, {}, outcome);
    }
  }

  /** The associations that were read, with what this batch has added and removed: reads may not show it yet. */
  #withOwn(read: ReadonlySet<string>): ReadonlySet<string> {
    const isUnchanged = this.#addedIds.size === 0 && this.#removedIds.size === 0;
    const current = isUnchanged
      ? read
      : new Set([...read, ...this.#addedIds].filter((id) => !this.#removedIds.has(id)));
    return this.#context.sharedTickets?.correct(this.#work.ticket, current) ?? current;
  }

  #settle(row: ChunkRow, attempts: number, facts: CallRecord, outcome: RowOutcome): void {
    const at = this.#work.open.indexOf(row);
    if (at < 0) return;
    this.#work.open.splice(at, 1);
    if (isAdding(outcome)) this.#addedIds.add(row.related);
    if (outcome === "removed") this.#removedIds.add(row.related);
    if (isAdding(outcome) || outcome === "removed")
      this.#context.sharedTickets?.record(this.#work.ticket, row.related, isAdding(outcome));
    this.#context.recordRow(row, attempts, facts, outcome);
  }

  #waitingEnd(): TicketEnd {
    return this.#leave(this.#context.turnStop.waitReason ? "deferred" : "retryable");
  }

  /** A ticket with an ambiguous write stays in its turn, so that its snapshot stays valid. */
  #leave(end: "deferred" | "retryable"): TicketEnd {
    if (this.#work.open.length === 0) return "settled";
    return this.#ambiguity === "none" ? end : "ambiguous";
  }
}

const mirrored = (row: number): CallFailure => ({
  error_message: `row ${row} asks for the same association from the other side`,
});
