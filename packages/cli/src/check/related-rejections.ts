import { ASSOCIATIONS_PER_TICKET } from "@caselink/sdk";
import type { TicketReading, Rejection } from "@caselink/workflows/predict";

/** The related tickets that the API rejects, that have no room, and that could not be read. Others are not stored. */
export class RelatedRejections {
  readonly #rejected = new Map<string, Rejection>();
  readonly #full = new Set<string>();
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
    if (this.#isSymmetric && reading.kind === "found" && reading.related.size >= ASSOCIATIONS_PER_TICKET)
      this.#full.add(related);
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

  /** True if the related ticket takes no other association: it has three, and the API is symmetric. */
  isFull(related: string): boolean {
    return this.#full.has(related);
  }

  isUnread(related: string): boolean {
    return this.#unread.has(related);
  }
}
