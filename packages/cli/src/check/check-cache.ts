import type { CheckEntry, CheckFiles } from "@caselink/ledger";
import type { TicketReading } from "@caselink/workflows/predict";

/** Readings of an interrupted check are used again for a day. */
const MAX_AGE_MS = 24 * 3_600_000;
/** A check that is killed loses at most the readings of this period. */
const FLUSH_EVERY_MS = 2_000;

type Read = Exclude<TicketReading, { kind: "unread" }>;

/** Stores the readings of a check, part by part, so that an interrupted check continues where it stopped. */
export class CheckCache {
  /** Readings of an earlier check that were used again. */
  reused = 0;
  /** Time of the oldest reading that was used again, in milliseconds since 1970. */
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

  /** Opens a part. A missing permission is read again: it may be the reason why the check was interrupted. */
  async open(part: string): Promise<void> {
    const entries = new Map<string, CheckEntry>();
    for (const entry of await this.#files.read(part)) {
      const age = this.#now() - Date.parse(entry.read_at);
      if (entry.rejected?.outcome !== "forbidden" && age <= MAX_AGE_MS) entries.set(entry.ticket, entry);
    }
    this.#parts.set(part, { entries, isChanged: false });
  }

  /** @param needsRelated does not return a reading that was stored without the ticket's associations */
  reuse(part: string, ticket: string, needsRelated: boolean): Read | undefined {
    const entry = this.#parts.get(part)?.entries.get(ticket);
    if (entry === undefined || (needsRelated && !entry.rejected && !entry.present)) return undefined;
    this.reused++;
    this.reusedFrom = Math.min(this.reusedFrom ?? Infinity, Date.parse(entry.read_at));
    if (!entry.rejected) return { kind: "found", related: new Set(entry.present) };
    const { outcome, ...failure } = entry.rejected;
    return { kind: "rejected", outcome, failure };
  }

  /** @param keepsRelated stores the ticket's associations, and not only that the ticket exists */
  record(part: string, ticket: string, reading: TicketReading, keepsRelated: boolean): void {
    const open = this.#parts.get(part);
    if (!open) return;
    const read_at = new Date(this.#now()).toISOString();
    if (reading.kind === "found") {
      open.isChanged = true;
      open.entries.set(ticket, { ticket, read_at, ...(keepsRelated && { present: [...reading.related] }) });
    } else if (reading.kind === "rejected") {
      open.isChanged = true;
      const { error_code, error_message, http_status } = reading.failure;
      const rejected = {
        outcome: reading.outcome,
        ...(error_code !== undefined && { error_code }),
        ...(error_message !== undefined && { error_message }),
        ...(http_status !== undefined && { http_status }),
      };
      open.entries.set(ticket, { ticket, read_at, rejected });
    }
  }

  /** Stores a part whose tickets were all read. */
  async close(part: string): Promise<void> {
    await this.#write(part);
    this.#parts.delete(part);
  }

  async flush({ ifDue = false } = {}): Promise<void> {
    if (ifDue && this.#now() - this.#flushedAt < FLUSH_EVERY_MS) return;
    this.#flushedAt = this.#now();
    for (const part of this.#parts.keys()) await this.#write(part);
  }

  /** Deletes all stored readings. */
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
