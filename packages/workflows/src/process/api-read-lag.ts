import type { ApiProfile, BatchRecord, Ledger } from "@caselink/ledger";
import { readLagOf, SeenReadLag, type ReadLag } from "../chunk/read-lag.ts";
import { READ_LAG_MS } from "../workflow/read-lag.ts";

/** How long reads of an API lag behind writes, as far as the ledger or this process knows. One for each process. */
export class ApiReadLag {
  readonly #seen: SeenReadLag;
  #longestPlannedMs = READ_LAG_MS;

  constructor(ledger: Pick<Ledger, "recordApiFacts">, endpoint: string) {
    this.#seen = new SeenReadLag(async (value, evidence) => {
      await ledger.recordApiFacts(endpoint, { read_lag_ms: { value, evidence } });
    });
  }

  /** The longest that a batch of this process may meet, in milliseconds. */
  get longestMs(): number {
    return Math.max(this.#longestPlannedMs, this.#seen.ms);
  }

  of({ options }: Pick<BatchRecord, "options">): ReadLag {
    this.#longestPlannedMs = Math.max(this.#longestPlannedMs, options.read_lag_ms ?? 0);
    return readLagOf(options.read_lag_ms, this.#seen);
  }

  /** Takes over what the ledger knows. */
  update(profile: ApiProfile | undefined): void {
    this.#seen.raise(profile?.facts.read_lag_ms?.value ?? 0);
  }
}
