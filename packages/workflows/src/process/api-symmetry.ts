import type { Ledger } from "@caselink/ledger";

/** The part of the ledger that keeps what is known about an API. */
export type ProfileLedger = Pick<Ledger, "apiProfile" | "recordApiFacts">;

/** Another process may find out: the profile is read again when the last reading is this old, in milliseconds. */
const READ_AGAIN_MS = 30_000;

/** Whether associations of an API are symmetric, as far as the ledger or this process knows. One for each process. */
export class ApiSymmetry {
  readonly #ledger: ProfileLedger;
  readonly #endpoint: string;
  readonly #now: () => number;
  #isSymmetric: boolean | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(ledger: ProfileLedger, endpoint: string, now: () => number) {
    this.#ledger = ledger;
    this.#endpoint = endpoint;
    this.#now = now;
  }

  /** Undefined: not known. */
  get isSymmetric(): boolean | undefined {
    return this.#isSymmetric;
  }

  /** Reads the profile if it may have changed. Throws a LedgerError if it is damaged. */
  async refresh(): Promise<void> {
    if (this.#isSymmetric === true || this.#now() - this.#readAt < READ_AGAIN_MS) return;
    this.#readAt = this.#now();
    const profile = await this.#ledger.apiProfile(this.#endpoint);
    this.#isSymmetric = profile?.facts.symmetric?.value;
  }

  /** An association showed on both tickets. It holds for this process immediately, and for others when they read the profile. */
  async learn(evidence: string): Promise<void> {
    this.#isSymmetric = true;
    await this.#ledger.recordApiFacts(this.#endpoint, { symmetric: { value: true, evidence } });
  }
}
