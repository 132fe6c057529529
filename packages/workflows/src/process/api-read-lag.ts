import type { BatchRecord } from "@caselink/ledger";
import { readLagOf, SeenReadLag, type ReadLag } from "../chunk/read-lag.ts";
import { READ_LAG_MS } from "../workflow/read-lag.ts";
import type { ProfileLedger } from "./api-symmetry.ts";

/** Another process may see a longer lag: the profile is read again when the last reading is this old, in milliseconds. */
const READ_AGAIN_MS = 30_000;

/** How long reads of an API lag behind writes, as far as the ledger or this process knows. One for each process. */
export class ApiReadLag {
  readonly #ledger: ProfileLedger;
  readonly #endpoint: string;
  readonly #now: () => number;
  readonly #seen: SeenReadLag;
  #longestPlannedMs = READ_LAG_MS;
  #readAt = Number.NEGATIVE_INFINITY;

  /** @param now a clock that is never put back, in milliseconds */
  constructor(ledger: ProfileLedger, endpoint: string, now: () => number) {
    this.#ledger = ledger;
    this.#endpoint = endpoint;
    this.#now = now;
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

  /** Reads the profile if it may have changed. Throws a LedgerError if it is damaged. */
  async refresh(): Promise<void> {
    if (this.#now() - this.#readAt < READ_AGAIN_MS) return;
    this.#readAt = this.#now();
    const profile = await this.#ledger.apiProfile(this.#endpoint);
    this.#seen.raise(profile?.facts.read_lag_ms?.value ?? 0);
  }
}
