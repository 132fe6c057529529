/** The report's own columns in the order of a {@link PageRow}; the input's other columns follow. */
export const OWN_COLUMNS = [
  "line",
  "case_id",
  "related_id",
  "group_id",
  "outcome",
  "error_code",
  "error_message",
  "http_status",
  "request_id",
  "attempts",
  "settled_at",
] as const;

/** A row as the page holds it. */
export type PageRow = readonly (string | number | null)[];

/** What the page knows beside the rows. */
export interface PageMeta {
  /** Names of the input's other columns. */
  columns: string[];
  /** Of the whole batch; rows without one have the name "". */
  outcomes: { name: string; words: string; rows: number; isSucceeded: boolean }[];
}
