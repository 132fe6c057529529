import { RejectionClassifier } from "./rejection-classifier.ts";
import { Canary } from "./canary.ts";
import { CredentialsGate } from "../process/credentials-gate.ts";

/** What a batch's first requests tell of the API: whether it lets the batch in, and whether it does what is documented. */
export interface ApiChecks {
  classifier: RejectionClassifier;
  canary: Canary;
  /** The same for all batches: a process has one account. */
  credentials: CredentialsGate;
}

/** The first contacts of the batches that this process works. */
export class ApiChecksByBatch {
  readonly #checks = new Map<string, ApiChecks & { resumes: number }>();
  readonly #credentials = new CredentialsGate(() => performance.now());

  /** The batch's contact; a new one after each resume. `tickets`: how many the batch has. */
  of({ batchId, resumes }: { batchId: string; resumes: number }, tickets: number): ApiChecks {
    const known = this.#checks.get(batchId);
    if (known && known.resumes >= resumes) return known;
    if (known) this.#credentials.reset();
    const credentials = this.#credentials;
    const contact = {
      resumes: resumes,
      classifier: new RejectionClassifier(tickets),
      canary: new Canary(),
      credentials,
    };
    this.#checks.set(batchId, contact);
    return contact;
  }

  forget(batchId: string): void {
    this.#checks.delete(batchId);
  }
}
