import { Admission } from "./chunk/admission.ts";
import { Canary } from "./chunk/canary.ts";

/** What a batch's first requests tell of the API: whether it lets the batch in, and whether it does what is documented. */
export interface FirstContact {
  admission: Admission;
  canary: Canary;
}

/** The first contacts of the batches that this process works. */
export class FirstContacts {
  readonly #contacts = new Map<string, FirstContact & { round: number }>();

  /** The batch's contact; a new one after each resume. `tickets`: how many the batch has. */
  of({ batchId, canaryRound }: { batchId: string; canaryRound: number }, tickets: number): FirstContact {
    const known = this.#contacts.get(batchId);
    if (known && known.round >= canaryRound) return known;
    const contact = { round: canaryRound, admission: new Admission(tickets), canary: new Canary() };
    this.#contacts.set(batchId, contact);
    return contact;
  }

  forget(batchId: string): void {
    this.#contacts.delete(batchId);
  }
}
