import type { JournalEntry } from "./journal-entry.ts";
import type { Operation } from "./operation.ts";
import type { ViolationKind } from "./violation.ts";

/** Totals since the start or the last reset, including the entries that the journal has dropped. */
export interface Counts extends Readonly<Record<Operation | "unknown", number>> {
  readonly requests: number;
  /** Requests in progress; a hanging request is not one of them. */
  readonly inFlight: number;
  readonly answered: number;
  readonly reset: number;
  readonly lost: number;
  readonly hang: number;
  readonly aborted: number;
  /** Associations created. */
  readonly written: number;
  /** Associations deleted. */
  readonly removed: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** By the vendor's error code. */
  readonly byCode: Readonly<Record<string, number>>;
  /** By fault, including "outage" and "rateLimit". */
  readonly byFault: Readonly<Record<string, number>>;
  readonly violations: Readonly<Record<ViolationKind, number>>;
}

type Mutable<Value> = {
  -readonly [Key in keyof Value]: Value[Key] extends Readonly<Record<string, number>>
    ? Record<keyof Value[Key], number>
    : Value[Key];
};

export class Tally {
  readonly #counts: Mutable<Counts> = {
    requests: 0,
    inFlight: 0,
    create: 0,
    list: 0,
    delete: 0,
    token: 0,
    unknown: 0,
    answered: 0,
    reset: 0,
    lost: 0,
    hang: 0,
    aborted: 0,
    written: 0,
    removed: 0,
    byStatus: {},
    byCode: {},
    byFault: {},
    violations: { overLimitAsked: 0, overLimitStored: 0, racingWrites: 0, repeatedCreates: 0, responseViolations: 0 },
  };

  /** The totals themselves, which keep changing. */
  get live(): Counts {
    return this.#counts;
  }

  /** Returns the number of the request. */
  countArrival(operation: Operation | "unknown"): number {
    this.#counts.requests += 1;
    this.#counts.inFlight += 1;
    this.#counts[operation] += 1;
    return this.#counts.requests;
  }

  countEnding(entry: JournalEntry): void {
    if (entry.ending === "pending") return;
    this.#counts.inFlight -= 1;
    this.#counts[entry.ending] += 1;
    increment(this.#counts.byStatus, entry.status);
    increment(this.#counts.byCode, entry.code);
    increment(this.#counts.byFault, entry.fault);
  }

  countWrite(written: number, removed: number): void {
    this.#counts.written += written;
    this.#counts.removed += removed;
  }

  countViolation(kind: ViolationKind, by: 1 | -1): void {
    this.#counts.violations[kind] += by;
  }
}

function increment(totals: Record<string, number>, key: string | number | undefined): void {
  if (key !== undefined) totals[key] = (totals[key] ?? 0) + 1;
}
