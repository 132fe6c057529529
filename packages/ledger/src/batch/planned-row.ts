import { isObject } from "@caselink/common";

/** A row of the input after the plan: a line of `rows/*.jsonl`, in row order. */
export interface PlannedRow {
  row: number;
  line: number;
  /** Index into the batch's `inputs`. */
  file: number;
  case_id: string;
  related_id: string;
  /** As in the input; empty if the row has the batch's `options.group_id`. */
  group_id: string;
  /** The input's other columns by name. */
  other: Record<string, unknown> | null;
  /** `null` if the plan did not settle the row. */
  outcome: "duplicate" | "limit_reached" | "invalid" | null;
  reason: string | null;
}

export function isPlannedRow(value: unknown): value is PlannedRow {
  return (
    isObject(value) &&
    Number.isSafeInteger(value.row) &&
    Number.isSafeInteger(value.line) &&
    Number.isSafeInteger(value.file) &&
    typeof value.case_id === "string" &&
    typeof value.related_id === "string" &&
    typeof value.group_id === "string"
  );
}
