import { ASSOCIATIONS_PER_TICKET } from "@caselink/sdk";
import type { TicketReading, Rejection } from "@caselink/workflows/predict";

/**
 * The related tickets that the API rejects, that hold associations on a symmetric API, and that could not be read. Others are not
 * stored.
 */
export class RelatedRejections {
  readonly #rejected = new Map<string, Rejection>();
  /** On a symmetric API: the free places of related tickets that hold associations. A plan gives no other too many rows. */
  readonly #free = new Map<string, number>();
  readonly #isSymmetric: boolean;
  readonly #unread = new Set<string>();
  /** Why the last of them could not be read. */
  unreadReason: string | undefined;
  /** One shared object for all tickets with the same rejection, to save memory. */
  readonly #distinct = new Map<string, Rejection>();

  /** @param isSymmetric an association counts on both tickets */
  constructor(isSymmetric = false) {
    this.#isSymmetric = isSymmetric;
  }

  record(related: string, reading: TicketReading): void {
    if (reading.kind === "unread") {
      this.#unread.add(related);
      this.unreadReason = reading.verdict.failure.error_message;
    }
    if (this.#isSymmetric && reading.kind === "found" && reading.related.size > 0)
      this.#free.set(related, Math.max(0, ASSOCIATIONS_PER_TICKET - reading.related.size));
    if (reading.kind !== "rejected") return;
    const { outcome, failure } = reading;
    const key = JSON.stringify([outcome, failure.error_code, failure.error_message]);
    const rejection = this.#distinct.get(key) ?? { outcome, failure };
    this.#distinct.set(key, rejection);
    this.#rejected.set(related, rejection);
  }

  get unreadCount(): number {
    return this.#unread.size;
  }

  of(related: string): Rejection | undefined {
    return this.#rejected.get(related);
  }

  /** True if the related ticket takes no other association: it has three, with those predicted, and the API is symmetric. */
  isFull(related: string): boolean {
    return this.#free.get(related) === 0;
  }

  /** How many of the places that a ticket had when it was read are taken by rows of other tickets, as predicted. */
  takenPlaces(ticket: string, present: number): number {
    const free = this.#free.get(ticket);
    return free === undefined ? 0 : Math.max(0, ASSOCIATIONS_PER_TICKET - present - free);
  }

  /** An association is predicted: on a symmetric API it takes a place of both tickets. */
  takePlaces(ticket: string, related: string): void {
    for (const id of [ticket, related]) {
      const free = this.#free.get(id);
      if (free !== undefined) this.#free.set(id, Math.max(0, free - 1));
    }
  }

  isUnread(related: string): boolean {
    return this.#unread.has(related);
  }
}
