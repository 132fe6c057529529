import { CODE_INDEX, OUTCOME_INDEX, REASON_INDEX } from "./column.ts";
import type { PageReason, PageRow } from "./page-data.ts";

export interface RowQuery {
  /** Matches anywhere in a row and ignores case. */
  text: string;
  /** If empty, rows of every outcome match. */
  outcomes: ReadonlySet<string>;
  /** If set, only the rows with this reason match. */
  reason?: PageReason | undefined;
  /** If undefined, the rows are ordered by the rank of their outcome: those that are not done come first. */
  sort: { at: number; isDescending: boolean } | undefined;
}

/** Finds and orders rows. Returns indices into the list that was passed to the constructor. */
export class RowSearch {
  readonly #rows: readonly PageRow[];
  readonly #rankOf: (outcome: string) => number;
  readonly #labelOf: (outcome: string) => string;
  /** The rows' texts in lower case, each computed on first use. */
  readonly #texts: string[] = [];

  /**
   * @param rankOf orders rows when no sort is chosen: lower ranks come first
   * @param labelOf another name by which rows of an outcome are found
   */
  constructor(
    rows: readonly PageRow[],
    rankOf: (outcome: string) => number = () => 0,
    labelOf: (outcome: string) => string = () => "",
  ) {
    this.#rows = rows;
    this.#rankOf = rankOf;
    this.#labelOf = labelOf;
  }

  find({ text, outcomes, reason, sort }: RowQuery): Uint32Array {
    const wanted = text.trim().toLowerCase();
    const found = new Uint32Array(this.#rows.length);
    let count = 0;
    for (const [index, row] of this.#rows.entries()) {
      if (outcomes.size > 0 && !outcomes.has(outcomeOf(row))) continue;
      if (reason !== undefined && !hasReason(row, reason)) continue;
      if (wanted !== "" && !this.#textOf(index, row).includes(wanted)) continue;
      found[count++] = index;
    }
    const order = found.subarray(0, count);
    return sort ? this.#sort(order, sort.at, sort.isDescending ? -1 : 1) : this.#byRank(order);
  }

  /** A stable bucket sort, which needs no comparisons. */
  #byRank(order: Uint32Array): Uint32Array {
    const ranked = new Map<number, number[]>();
    for (const index of order) {
      const rank = this.#rankOf(outcomeOf(this.#rows[index] ?? []));
      const same = ranked.get(rank);
      if (same) same.push(index);
      else ranked.set(rank, [index]);
    }
    return Uint32Array.from([...ranked.keys()].sort((a, b) => a - b).flatMap((rank) => ranked.get(rank) ?? []));
  }

  #textOf(index: number, row: PageRow): string {
    return (this.#texts[index] ??= `${row.join("\n")}\n${this.#labelOf(outcomeOf(row))}`.toLowerCase());
  }

  /** Absent values come last; equal rows keep their order. */
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

const outcomeOf = (row: PageRow): string => String(row[OUTCOME_INDEX] ?? "");

function hasReason(row: PageRow, { outcome, code, message }: PageReason): boolean {
  return row[OUTCOME_INDEX] === outcome && row[CODE_INDEX] === code && row[REASON_INDEX] === message;
}

const COMPARED = 200;
const LONGEST_NUMBER = 20;

/**
 * A key that sorts text case-insensitively and digits as numbers: `R9` before `r10`. Each key is computed once; a collator
 * is ten times as slow for 100,000 rows.
 */
function sortKey(value: string | number | null): string | number | null {
  if (typeof value !== "string") return value;
  if (value === "") return null;
  return value
    .slice(0, COMPARED)
    .toLowerCase()
    .replaceAll(/\d+/g, (digits) => digits.padStart(LONGEST_NUMBER, "0"));
}
