import type { ApiProfile } from "./api-profile.ts";
import type { BatchRecord } from "./batch/batch-record.ts";

/** How long reads of an API count as lagging behind writes if nothing else is known, in milliseconds. */
export const USUAL_READ_LAG_MS = 5_000;
/** No read counts as lagging behind for longer than this, in milliseconds. */
export const LONGEST_READ_LAG_MS = 60_000;

/** How long reads may lag behind the writes of a batch, in milliseconds: as planned, or longer if that was seen. */
export function assumedReadLagMs({ options }: Pick<BatchRecord, "options">, profile: ApiProfile | undefined): number {
  const seen = Math.min(profile?.facts.read_lag_ms?.value ?? 0, LONGEST_READ_LAG_MS);
  return Math.max(options.read_lag_ms ?? USUAL_READ_LAG_MS, seen);
}
