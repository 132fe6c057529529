import type { ApiProfile, Ledger } from "@caselink/ledger";

/** Whether associations of an API are symmetric, as far as the ledger or this process knows. One for each process. */
export class ApiSymmetry {
  readonly #ledger: Pick<Ledger, "recordApiFacts">;
  readonly #endpoint: string;
  #isSymmetric: boolean | undefined;

  constructor(ledger: Pick<Ledger, "recordApiFacts">, endpoint: string) {
    this.#ledger = ledger;
    this.#endpoint = endpoint;
  }

  /** Undefined: not known. */
  get isSymmetric(): boolean | undefined {
    return this.#isSymmetric;
  }

  /** Takes over what the ledger knows. What this process has seen stands. */
  update(profile: ApiProfile | undefined): void {
    if (this.#isSymmetric !== true) this.#isSymmetric = profile?.facts.symmetric?.value;
  }

  /** An association showed on both tickets. It holds for this process immediately, and for others when they read the profile. */
  async learn(evidence: string): Promise<void> {
    this.#isSymmetric = true;
    await this.#ledger.recordApiFacts(this.#endpoint, { symmetric: { value: true, evidence } });
  }
}
