import { LONGEST_READ_LAG_MS } from "@caselink/ledger";
import { READ_LAG_MS } from "../workflow/read-lag.ts";

/** How long reads of the API may lag behind writes, for one batch. */
export interface ReadLag {
  /** Milliseconds. */
  readonly ms: number;
  /** A write showed only after this time, in milliseconds. @param evidence the write and the reads, in one sentence */
  learn(ms: number, evidence: string): Promise<void>;
}

/** @param seen the longest lag seen at the endpoint, shared by the batches of a process */
export function readLagOf(plannedMs = READ_LAG_MS, seen = new SeenReadLag()): ReadLag {
  return {
    get ms() {
      return Math.max(plannedMs, seen.ms);
    },
    learn: (ms, evidence) => seen.learn(ms, evidence),
  };
}

/** The longest read lag that was seen at an endpoint. */
export class SeenReadLag {
  #ms = 0;
  readonly #store: (ms: number, evidence: string) => Promise<void>;

  /** @param store keeps a lag for other processes */
  constructor(store: (ms: number, evidence: string) => Promise<void> = async () => undefined) {
    this.#store = store;
  }

  /** Milliseconds; 0: none was seen. */
  get ms(): number {
    return this.#ms;
  }

  /** Another process has seen it. */
  raise(ms: number): void {
    this.#ms = Math.max(this.#ms, Math.min(ms, LONGEST_READ_LAG_MS));
  }

  async learn(ms: number, evidence: string): Promise<void> {
    if (ms <= this.#ms) return;
    this.raise(ms);
    await this.#store(ms, evidence);
  }
}
