import type { ReportRow } from "./report-format.ts";

/** The report's own columns, in the order of the report. The input's other columns follow them. */
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
