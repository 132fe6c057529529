import { MAX_ASSOCIATIONS } from "./create-rules.ts";
import { Tally, type Counts } from "./counts.ts";
import type { Ending, JournalEntry, OpenEntry } from "./journal-entry.ts";
import type { Operation } from "./operation.ts";
import { Ring } from "./ring.ts";
import type { Violation, ViolationKind, Violations } from "./violation.ts";

const NONE: readonly string[] = [];

interface Arrival {
  readonly operation: Operation | "unknown";
  readonly ticket?: string | undefined;
  readonly relatedIds?: readonly string[];
  readonly path?: string;
}

/** Records every request to the simulator and its result. */
export class Journal {
  readonly #entries: Ring<OpenEntry>;
  readonly #violations: Record<ViolationKind, Ring<Violation>>;
  readonly #retracted = new WeakSet<Violation>();
  readonly #tally = new Tally();
  readonly #onChange: () => void;

  /** @param onChange Called after each arrival, write and ending. */
  constructor(limit: number, onChange: () => void) {
    this.#entries = new Ring(limit);
    this.#violations = {
      overLimitAsked: new Ring(limit),
      overLimitStored: new Ring(limit),
      racingWrites: new Ring(limit),
      repeatedCreates: new Ring(limit),
      responseViolations: new Ring(limit),
    };
    this.#onChange = onChange;
  }

  open(arrival: Arrival, nowMs: number): OpenEntry {
    const entry: OpenEntry = {
      n: this.#tally.countArrival(arrival.operation),
      at: nowMs,
      operation: arrival.operation,
      ticket: arrival.ticket,
      relatedIds: arrival.relatedIds ?? NONE,
      ending: "pending",
      status: undefined,
      code: undefined,
      fault: undefined,
      applied: false,
      written: NONE,
      removed: NONE,
    };
    if (arrival.path !== undefined) entry.path = arrival.path;
    this.#entries.add(entry);
    this.#onChange();
    return entry;
  }

  /** Records the violations in the arguments of a create. */
  auditCreate(entry: OpenEntry, present: readonly string[], addsToPresent: boolean): void {
    const missing = new Set(entry.relatedIds.filter((related) => !present.includes(related)));
    const repeated = entry.relatedIds.filter((related) => present.includes(related));
    const total = addsToPresent ? present.length + missing.size : new Set(entry.relatedIds).size;
    if (total > MAX_ASSOCIATIONS && missing.size > 0) {
      this.addViolation("overLimitAsked", entry, `has ${present.length}, would have ${total}`);
    }
    if (repeated.length > 0) this.addViolation("repeatedCreates", entry, `has ${repeated.join(", ")} already`);
  }

  recordWrite(entry: OpenEntry, written: readonly string[], removed: readonly string[], total: number): void {
    entry.applied = true;
    entry.written = written;
    entry.removed = removed;
    this.#tally.countWrite(written.length, removed.length);
    if (written.length > 0 && total > MAX_ASSOCIATIONS) {
      this.addViolation("overLimitStored", entry, `has ${total} associations now`);
    }
    this.#onChange();
  }

  /** Records the related tickets that a create on a symmetric API took past the limit. */
  auditRelated(entry: OpenEntry, totalOf: (ticket: string) => number): void {
    for (const related of entry.written) {
      const total = totalOf(related);
      if (total > MAX_ASSOCIATIONS)
        this.addViolation("overLimitStored", entry, `${related} has ${total} associations now`);
    }
  }

  close(entry: OpenEntry, ending: Ending, response?: { status: number; code?: string }): void {
    if (entry.ending !== "pending") return;
    entry.ending = ending;
    entry.status = response?.status;
    entry.code = response?.code;
    this.#tally.countEnding(entry);
    this.#onChange();
  }

  addViolation(kind: ViolationKind, entry: JournalEntry, detail: string): Violation {
    const violation = { n: entry.n, ticket: entry.ticket, relatedIds: entry.relatedIds, detail };
    this.#violations[kind].add(violation);
    this.#tally.countViolation(kind, 1);
    return violation;
  }

  retractViolation(kind: ViolationKind, violation: Violation): void {
    if (this.#retracted.has(violation)) return;
    this.#retracted.add(violation);
    this.#tally.countViolation(kind, -1);
  }

  entries(): JournalEntry[] {
    return this.#entries.toArray();
  }

  violations(): Violations {
    const kept = (kind: ViolationKind): Violation[] =>
      this.#violations[kind].toArray().filter((violation) => !this.#retracted.has(violation));
    return {
      overLimitAsked: kept("overLimitAsked"),
      overLimitStored: kept("overLimitStored"),
      racingWrites: kept("racingWrites"),
      repeatedCreates: kept("repeatedCreates"),
      responseViolations: kept("responseViolations"),
    };
  }

  /** The totals themselves, which keep changing. */
  get liveCounts(): Counts {
    return this.#tally.live;
  }
}
