import type { ReportRow } from "./report-format.ts";

/** The report's own columns in their order; the input's other columns follow. */
export const REPORT_COLUMNS = [
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
] as const satisfies readonly Exclude<keyof ReportRow, "other">[];
