import { isObject } from "@caselink/common";
import { formatSealedLines, parseSealedLines } from "../files/json-lines.ts";
import { LedgerError } from "../ledger-error.ts";
import { isOutcome, type Outcome } from "../outcome.ts";
import type { Store } from "../store/store.ts";

/** The ticket as a check of a plan read it. */
export interface CheckEntry {
  ticket: string;
  read_at: string;
  /** The related ids of the ticket; absent if the read was rejected. */
  present?: string[];
  /** The rejection of the read. */
  rejected?: { outcome: Outcome; error_code?: string; error_message?: string; http_status?: number };
}

/**
 * The files in which a check of a plan stores what it has read, part by part, until it ends: an interrupted check can
 * be continued. They are not part of a batch.
 */
export interface CheckFiles {
  /** Returns an empty list if the part was not written, or is damaged. */
  read(part: string): Promise<CheckEntry[]>;
  /** Replaces the part. */
  write(part: string, entries: CheckEntry[]): Promise<void>;
  remove(): Promise<void>;
}

const DIGEST = /^[0-9a-f]{64}$/;
const PART = /^[a-z0-9-]{1,40}$/;

export function openCheckFiles(store: Store, inputDigest: string): CheckFiles {
  if (!DIGEST.test(inputDigest)) throw new LedgerError("bad-id", "A check goes by the digest of its input.");
  const folder = `check-${inputDigest}`;
  const pathOf = (part: string): string => {
    if (!PART.test(part)) throw new LedgerError("bad-id", "The part of a check has small letters, digits and hyphens.");
    return `${folder}/${part}.jsonl`;
  };
  return {
    async read(part) {
      const path = pathOf(part);
      const text = await store.readText(path);
      try {
        return text === undefined ? [] : parseSealedLines(text, store.describe(path), isCheckEntry);
      } catch (error) {
        // The check can read the tickets again.
        if (error instanceof LedgerError && error.code === "corrupt") return [];
        throw error;
      }
    },
    write: (part, entries) => store.overwrite(pathOf(part), formatSealedLines(entries)),
    async remove() {
      await store.removeTree(folder, "none");
    },
  };
}

function isCheckEntry(value: unknown): value is CheckEntry {
  return (
    isObject(value) &&
    typeof value.ticket === "string" &&
    typeof value.read_at === "string" &&
    (value.present === undefined ||
      (Array.isArray(value.present) && value.present.every((id) => typeof id === "string"))) &&
    (value.rejected === undefined || (isObject(value.rejected) && isOutcome(value.rejected.outcome)))
  );
}
