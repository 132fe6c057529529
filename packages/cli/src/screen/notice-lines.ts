import type { PlanPreview } from "@caselink/ledger";
import { count } from "./format.ts";

/** What is not wrong and yet most likely not meant, two lines each. */
export function noticeLines({ notices }: PlanPreview): string[] {
  if (notices.length === 0) return [];
  const lines = notices.flatMap(({ file, line, column, reason, advice }) => [
    `  ${column === undefined ? file : `${file} line ${count(line)}, ${column}`}: ${reason};`,
    `    ${advice}`,
  ]);
  return ["Notice", ...lines];
}
