import { Admission } from "./rejection-classifier.ts";
import { Canary } from "./canary.ts";
import { CredentialsGate } from "../process/credentials-gate.ts";

/** What a batch's first requests tell of the API: whether it lets the batch in, and whether it does what is documented. */
export interface FirstContact {
  admission: Admission;
  canary: Canary;
  /** The same for all batches: a process has one account. */
  credentials: CredentialsGate;
}

/** The first contacts of the batches that this process works. */
export class FirstContacts {
  readonly #contacts = new Map<string, FirstContact & { round: number }>();
  readonly #credentials = new CredentialsGate(() => performance.now());

  /** The batch's contact; a new one after each resume. `tickets`: how many the batch has. */
  of({ batchId, canaryRound }: { batchId: string; canaryRound: number }, tickets: number): FirstContact {
    const known = this.#contacts.get(batchId);
    if (known && known.round >= canaryRound) return known;
    if (known) this.#credentials.tryAgain();
    const credentials = this.#credentials;
    const contact = { round: canaryRound, admission: new Admission(tickets), canary: new Canary(), credentials };
    this.#contacts.set(batchId, contact);
    return contact;
  }

  forget(batchId: string): void {
    this.#contacts.delete(batchId);
  }
}
