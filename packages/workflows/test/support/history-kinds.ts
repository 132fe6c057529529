/** What is recorded of each released version: the histories of a batch and of its lanes. */
export const HISTORY_KINDS = [
  "blocked",
  "cancelled",
  "continued-as-new",
  "paused",
  "plain",
  "rate",
  "restarted",
  "retry",
  "rounds",
  "symmetric",
  "undo",
] as const;

export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** The kinds of which histories are missing among those files. */
export function missingKinds(files: readonly string[]): HistoryKind[] {
  return HISTORY_KINDS.filter((kind) =>
    [`${kind}.batch.json`, `${kind}.lane-`].some((start) => !files.some((file) => file.startsWith(start))),
  );
}
