import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import type { RowOutcome } from "@caselink/workflows";
import { count, duration, table } from "./format.ts";
import { hasSucceeded, outcomeWords } from "./outcome-words.ts";

/** The outcomes of a summary that its rows have. */
export function outcomesOf(summary: BatchSummary): Partial<Record<RowOutcome, number>> {
  const outcomes: Partial<Record<RowOutcome, number>> = {};
  for (const outcome of Object.keys(outcomeWords) as RowOutcome[]) {
    const rows = (summary as unknown as Partial<Record<RowOutcome, number>>)[outcome];
    if (rows !== undefined) outcomes[outcome] = rows;
  }
  return outcomes;
}

/** True where every row came to what it was meant to. */
export function isComplete(summary: BatchSummary): boolean {
  return Object.entries(outcomesOf(summary)).every(
    ([outcome, rows]) => rows === 0 || hasSucceeded(outcome as RowOutcome),
  );
}

/** The end of a batch, in one screen: what happened, where it stands, what to type next. */
export function summaryScreen(record: BatchRecord, summary: BatchSummary, report: string | undefined): string {
  const took = duration(Date.parse(summary.finished_at) - Date.parse(summary.started_at));
  const head = summary.state === "cancelled" ? `Cancelled after ${took}.` : `Finished in ${took}.`;
  const outcomes = Object.entries(outcomesOf(summary)).filter(([, rows]) => rows > 0) as [RowOutcome, number][];
  const done = outcomes.filter(([outcome]) => hasSucceeded(outcome));
  const failed = outcomes.filter(([outcome]) => !hasSucceeded(outcome));
  const rows: [string, number, string][] = done.map(([outcome, rowCount]) => [outcomeWords[outcome], rowCount, ""]);
  if (failed.length > 0) {
    const total = failed.reduce((sum, [, rowCount]) => sum + rowCount, 0);
    const reasons = failed.map(([outcome, rowCount]) => `${outcomeWords[outcome]} ${count(rowCount)}`).join(", ");
    rows.push(["could not be done", total, reasons]);
  }
  const lines = [`${head} Every row is accounted for.`, "", ...table(rows).map((line) => `  ${line}`), ""];
  lines.push(`Report   caselink report ${record.id}${report ? `     also in ${report}` : ""}`);
  if (record.kind === "create" && summary.created > 0) {
    lines.push(
      `Undo     caselink undo ${record.id}     removes the ${count(summary.created)} that this batch created, nothing else`,
    );
  }
  return lines.join("\n");
}
