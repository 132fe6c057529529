import type { Reading, Refusal } from "@caselink/workflows/forecast";

/** Which related tickets the API refuses, or does not tell of. Of those that are there, nothing is kept. */
export class RelatedRejections {
  readonly #refused = new Map<string, Refusal>();
  readonly #unread = new Set<string>();
  /** Of the last that could not be read. */
  unreadReason: string | undefined;
  /** One for all tickets that are refused in the same words. */
  readonly #words = new Map<string, Refusal>();

  note(related: string, reading: Reading): void {
    if (reading.kind === "unread") {
      this.#unread.add(related);
      this.unreadReason = reading.verdict.failure.error_message;
    }
    if (reading.kind !== "refused") return;
    const { outcome, failure } = reading;
    const words = JSON.stringify([outcome, failure.error_code, failure.error_message]);
    const refusal = this.#words.get(words) ?? { outcome, failure };
    this.#words.set(words, refusal);
    this.#refused.set(related, refusal);
  }

  get unreadCount(): number {
    return this.#unread.size;
  }

  of(related: string): Refusal | undefined {
    return this.#refused.get(related);
  }

  isUnread(related: string): boolean {
    return this.#unread.has(related);
  }
}
