import { RejectionClassifier } from "./rejection-classifier.ts";
import { Canary } from "./canary.ts";
import type { CredentialsGate } from "../process/credentials-gate.ts";
import { RecentlyUsed } from "../process/recently-used.ts";

/** The checks of the API with a batch's first requests: does it accept the batch, and does it behave as documented? */
export interface ApiChecks {
  classifier: RejectionClassifier;
  canary: Canary;
  /** One for all batches: a process has one account. */
  credentials: CredentialsGate;
}

/** The checks of the batches that this process works. */
export class ApiChecksByBatch {
  readonly #checks = new RecentlyUsed<ApiChecks & { resumes: number }>(() => performance.now());
  readonly #credentials: CredentialsGate;

  constructor(credentials: CredentialsGate) {
    this.#credentials = credentials;
  }

  /** The batch's checks; new ones after each resume. @param tickets number of tickets of the batch */
  of({ batchId, resumes }: { batchId: string; resumes: number }, tickets: number): ApiChecks {
    const known = this.#checks.get(batchId);
    if (known && known.resumes >= resumes) return known;
    if (known) this.#credentials.reset();
    const credentials = this.#credentials;
    const checks = {
      resumes: resumes,
      classifier: new RejectionClassifier(tickets),
      canary: new Canary(),
      credentials,
    };
    this.#checks.set(batchId, checks);
    return checks;
  }

  forget(batchId: string): void {
    this.#checks.delete(batchId);
  }
}
