import type { TicketReading, Rejection } from "@caselink/workflows/predict";

/** The related tickets that the API rejects and those that could not be read. Tickets that exist are not stored. */
export class RelatedRejections {
  readonly #rejected = new Map<string, Rejection>();
  readonly #unread = new Set<string>();
  /** Why the last of them could not be read. */
  unreadReason: string | undefined;
  /** One shared object for all tickets with the same rejection, to save memory. */
  readonly #distinct = new Map<string, Rejection>();

  record(related: string, reading: TicketReading): void {
    if (reading.kind === "unread") {
      this.#unread.add(related);
      this.unreadReason = reading.verdict.failure.error_message;
    }
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

  isUnread(related: string): boolean {
    return this.#unread.has(related);
  }
}
