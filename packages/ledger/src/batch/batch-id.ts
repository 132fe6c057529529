import { randomBytes } from "node:crypto";
import { LedgerError } from "../ledger-error.ts";
import { visibleText } from "../visible-text.ts";

const BATCH_ID = /^[A-Za-z0-9._-]{1,64}$/;
const CHUNK_ID = /^[0-9a-f]-\d{5,9}$/;

/** Returns whether an id has only allowed characters and can be the name of a folder. */
export function isBatchId(id: string): boolean {
  return BATCH_ID.test(id) && !/^\.+$/.test(id);
}

/** Throws `bad-id` if {@link isBatchId} is false. */
export function assertBatchId(id: string): void {
  if (!isBatchId(id)) {
    throw new LedgerError(
      "bad-id",
      `"${visibleText(id)}" cannot be the id of a batch: use 1 to 64 letters, digits, dots, underscores or hyphens.`,
    );
  }
}

/** Throws `bad-id` if the id does not have the form `a-00000`. */
export function assertChunkId(id: string): void {
  if (!CHUNK_ID.test(id)) throw new LedgerError("bad-id", `"${visibleText(id)}" is not the id of a chunk.`);
}

/** Returns a new id such as `2026-11-24-a7f3`: the day in UTC and four random hex digits. */
export function createBatchId(now: Date): string {
  return `${now.toISOString().slice(0, 10)}-${randomBytes(2).toString("hex")}`;
}

/** Returns the id of a lane's chunk: `a-00000` is the first of lane `a`. */
export function chunkIdOf(lane: string, index: number): string {
  return `${lane}-${String(index).padStart(5, "0")}`;
}
