import type { CheckEntry, CheckFiles } from "@caselink/ledger";
import type { Reading } from "@caselink/workflows/forecast";

/** What an interrupted check has read is good for a day. */
const GOOD_FOR_MS = 24 * 3_600_000;
/** A check that is killed loses what it read in so long. */
const FLUSH_EVERY_MS = 2_000;

type Read = Exclude<Reading, { kind: "unread" }>;

/** What a check reads, kept part by part, so that one that was interrupted goes on where it stopped. */
export class CheckCache {
  /** How much of an earlier check was taken over. */
  reused = 0;
  /** When the oldest of what was taken over was read, in milliseconds since 1970. */
  reusedFrom: number | undefined;
  readonly #files: CheckFiles;
  readonly #now: () => number;
  readonly #parts = new Map<string, { entries: Map<string, CheckEntry>; isChanged: boolean }>();
  #flushedAt: number;

  /** @param now milliseconds since 1970 */
  constructor(files: CheckFiles, now: () => number = Date.now) {
    this.#files = files;
    this.#now = now;
    this.#flushedAt = now();
  }

  /** Opens a part. A refusal for want of permission is not taken over: it may be why the check was interrupted. */
  async open(part: string): Promise<void> {
    const entries = new Map<string, CheckEntry>();
    for (const entry of await this.#files.read(part)) {
      const age = this.#now() - Date.parse(entry.read_at);
      if (entry.refused?.outcome !== "forbidden" && age <= GOOD_FOR_MS) entries.set(entry.ticket, entry);
    }
    this.#parts.set(part, { entries, isChanged: false });
  }

  take(part: string, ticket: string): Read | undefined {
    const entry = this.#parts.get(part)?.entries.get(ticket);
    if (entry === undefined) return undefined;
    this.reused++;
    this.reusedFrom = Math.min(this.reusedFrom ?? Infinity, Date.parse(entry.read_at));
    if (!entry.refused) return { kind: "present", related: new Set(entry.present) };
    const { outcome, ...failure } = entry.refused;
    return { kind: "refused", outcome, failure };
  }

  /** @param present what the ticket holds matters, and not only that it is there */
  note(part: string, ticket: string, reading: Reading, present: boolean): void {
    const open = this.#parts.get(part);
    if (!open) return;
    const read_at = new Date(this.#now()).toISOString();
    if (reading.kind === "present") {
      open.isChanged = true;
      open.entries.set(ticket, { ticket, read_at, ...(present && { present: [...reading.related] }) });
    } else if (reading.kind === "refused") {
      open.isChanged = true;
      const { error_code, error_message, http_status } = reading.failure;
      const refused = {
        outcome: reading.outcome,
        ...(error_code !== undefined && { error_code }),
        ...(error_message !== undefined && { error_message }),
        ...(http_status !== undefined && { http_status }),
      };
      open.entries.set(ticket, { ticket, read_at, refused });
    }
  }

  /** A part is through. */
  async close(part: string): Promise<void> {
    await this.#write(part);
    this.#parts.delete(part);
  }

  async flush({ ifDue = false } = {}): Promise<void> {
    if (ifDue && this.#now() - this.#flushedAt < FLUSH_EVERY_MS) return;
    this.#flushedAt = this.#now();
    for (const part of this.#parts.keys()) await this.#write(part);
  }

  /** The check is through with all of it. */
  async remove(): Promise<void> {
    await this.#files.remove();
  }

  async #write(part: string): Promise<void> {
    const open = this.#parts.get(part);
    if (!open?.isChanged) return;
    open.isChanged = false;
    await this.#files.write(part, [...open.entries.values()]);
  }
}
