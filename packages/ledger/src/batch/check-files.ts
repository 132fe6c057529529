import { isObject } from "@caselink/common";
import { formatSealedLines, parseSealedLines } from "../files/json-lines.ts";
import { LedgerError } from "../ledger-error.ts";
import { isOutcome, type Outcome } from "../outcome.ts";
import type { Store } from "../store/store.ts";

/** What a check of a plan has read of one ticket. */
export interface CheckEntry {
  ticket: string;
  read_at: string;
  /** What the ticket held; absent where it was refused. */
  present?: string[];
  /** Why it cannot be read. */
  refused?: { outcome: Outcome; error_code?: string; error_message?: string; http_status?: number };
}

/**
 * Where a check of a plan keeps what it has read, part by part, until it is through: one that was interrupted goes on.
 * Nothing of it is part of a batch.
 */
export interface CheckFiles {
  /** Empty where nothing was written, or it was damaged. */
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
        // Nothing that cannot be read once more.
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
    (value.refused === undefined || (isObject(value.refused) && isOutcome(value.refused.outcome)))
  );
}
