/** A row of the report. */
export interface ReportRow {
  line: number;
  case_id: string;
  related_id: string;
  group_id: string;
  outcome: string | null;
  error_code: string | null;
  error_message: string | null;
  http_status: number | null;
  request_id: string | null;
  attempts: number;
  settled_at: string | null;
  /** The input's other columns by name. */
  other: Record<string, unknown>;
}

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
