import { CODE_AT, OUTCOME_AT, REASON_AT } from "./column.ts";
import type { PageReason, PageRow } from "./page-data.ts";

export interface RowQuery {
  /** Found anywhere in a row, without regard to case. */
  text: string;
  /** All where empty. */
  outcomes: ReadonlySet<string>;
  /** Only the rows with this one. */
  reason?: PageReason | undefined;
  /** Where absent, the rows that need somebody come first. */
  sort: { at: number; isDescending: boolean } | undefined;
}

/** Finds and orders rows by number. Pure: what it returns are places in the list it was made from. */
export class RowSearch {
  readonly #rows: readonly PageRow[];
  readonly #rankOf: (outcome: string) => number;
  /** A row's text in lower case, made when it is first searched. */
  readonly #texts: string[] = [];

  /** @param rankOf by which the rows stand that are not sorted: those of a lower rank come first */
  constructor(rows: readonly PageRow[], rankOf: (outcome: string) => number = () => 0) {
    this.#rows = rows;
    this.#rankOf = rankOf;
  }

  find({ text, outcomes, reason, sort }: RowQuery): Uint32Array {
    const wanted = text.trim().toLowerCase();
    const found = new Uint32Array(this.#rows.length);
    let count = 0;
    for (const [index, row] of this.#rows.entries()) {
      if (outcomes.size > 0 && !outcomes.has(String(row[OUTCOME_AT] ?? ""))) continue;
      if (reason !== undefined && !hasReason(row, reason)) continue;
      if (wanted !== "" && !this.#textOf(index, row).includes(wanted)) continue;
      found[count++] = index;
    }
    const order = found.subarray(0, count);
    return sort ? this.#sort(order, sort.at, sort.isDescending ? -1 : 1) : this.#byRank(order);
  }

  /** Stable, and without a comparison for each pair. */
  #byRank(order: Uint32Array): Uint32Array {
    const ranked = new Map<number, number[]>();
    for (const index of order) {
      const rank = this.#rankOf(String(this.#rows[index]?.[OUTCOME_AT] ?? ""));
      const same = ranked.get(rank);
      if (same) same.push(index);
      else ranked.set(rank, [index]);
    }
    return Uint32Array.from([...ranked.keys()].sort((a, b) => a - b).flatMap((rank) => ranked.get(rank) ?? []));
  }

  #textOf(index: number, row: PageRow): string {
    return (this.#texts[index] ??= row.join("\n").toLowerCase());
  }

  /** What is absent comes last; equal ones stay in order. */
  #sort(order: Uint32Array, at: number, sign: 1 | -1): Uint32Array {
    const keys = this.#rows.map((row) => sortKey(row[at] ?? null));
    return order.sort((a, b) => {
      const left = keys[a];
      const right = keys[b];
      if (left === right) return a - b;
      if (left === null || left === undefined) return 1;
      if (right === null || right === undefined) return -1;
      return left < right ? -sign : sign;
    });
  }
}

function hasReason(row: PageRow, { outcome, code, message }: PageReason): boolean {
  return row[OUTCOME_AT] === outcome && row[CODE_AT] === code && row[REASON_AT] === message;
}

const COMPARED = 200;
const LONGEST_NUMBER = 20;

/** Texts as people sort them, `R9` before `r10`, by a key made once: a collator is ten times as slow for 100,000 rows. */
function sortKey(value: string | number | null): string | number | null {
  if (typeof value !== "string") return value;
  if (value === "") return null;
  return value
    .slice(0, COMPARED)
    .toLowerCase()
    .replaceAll(/\d+/g, (digits) => digits.padStart(LONGEST_NUMBER, "0"));
}
