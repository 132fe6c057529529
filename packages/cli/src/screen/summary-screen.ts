import { canSucceedLater, hasSucceeded, outcomeWords, type BatchRecord, type BatchSummary } from "@caselink/ledger";
import type { RowOutcome } from "@caselink/workflows";
import { t, translated } from "../language/words.ts";
import type { Colors } from "../output.ts";
import { count, counted, duration, listed, nextStep, table } from "./format.ts";

/** The outcomes that the rows of a summary have, with the number of rows. */
export function outcomesOf(summary: BatchSummary): [RowOutcome, number][] {
  return (Object.keys(outcomeWords) as RowOutcome[])
    .map((outcome): [RowOutcome, number] => [outcome, summary[outcome] ?? 0])
    .filter(([, rows]) => rows > 0);
}

/** True if every row succeeded. */
export function isComplete(summary: BatchSummary): boolean {
  return outcomesOf(summary).every(([outcome]) => hasSucceeded(outcome));
}

/** The number of rows that did not succeed. */
export function failedRows(summary: BatchSummary): number {
  return sum(outcomesOf(summary).filter(([outcome]) => !hasSucceeded(outcome)));
}

/** The screen at the end of a batch: its outcomes, its report, and the commands to type next. */
export function summaryScreen(
  record: BatchRecord,
  summary: BatchSummary,
  report: string | undefined,
  colors: Colors,
): string {
  const took = duration(Date.parse(summary.finished_at) - Date.parse(summary.started_at));
  const head = summary.state === "cancelled" ? t`Cancelled after ${took}.` : t`Finished in ${took}.`;
  const paint = isComplete(summary) ? colors.green : colors.yellow;
  return [
    t`${paint(head)} Every row is accounted for.`,
    "",
    ...(summary.rows === 0 ? [] : [...outcomeTable(summary, colors), ""]),
    ...nextSteps(record, summary, report),
  ].join("\n");
}

function outcomeTable(summary: BatchSummary, colors: Colors): string[] {
  const outcomes = outcomesOf(summary);
  const done = outcomes.filter(([outcome]) => hasSucceeded(outcome));
  const failed = outcomes.filter(([outcome]) => !hasSucceeded(outcome));
  const rows: [string, number, string][] = done.map(([outcome, rowCount]) => [wordsOf(outcome), rowCount, ""]);
  if (failed.length > 0) {
    const reasons = failed.map(([outcome, rowCount]) => `${wordsOf(outcome)} ${count(rowCount)}`);
    rows.push([t`not done`, sum(failed), listed(reasons)]);
  }
  const lines = table(rows).map((line) => `  ${line}`);
  return lines.map((line, at) => (at >= done.length ? colors.yellow(line) : line));
}

const wordsOf = (outcome: RowOutcome): string => translated(outcomeWords[outcome]);

function nextSteps(record: BatchRecord, summary: BatchSummary, report: string | undefined): string[] {
  const { id } = record;
  const failed = outcomesOf(summary).filter(([outcome]) => !hasSucceeded(outcome));
  const retryable = failed.filter(([outcome]) => canSucceedLater(outcome));
  const needFix = failed.filter(([outcome]) => !canSucceedLater(outcome));
  const steps = [nextStep(t`Report`, `caselink report ${id} --format html`, report ? t`as CSV in ${report}` : "")];
  if (needFix.length > 0) {
    const rows = counted(sum(needFix), "row");
    const command = `caselink report ${id} --outcome needs-fix`;
    const what = t`the ${rows} that would fail again if unchanged, with the reasons`;
    if (record.kind === "undo") steps.push(nextStep(t`List`, command, what));
    else {
      steps.push(nextStep(t`Fix`, `${command} --out fix.csv`, what));
      steps.push(nextStep("", "caselink run fix.csv", t`when they are fixed there`));
    }
  }
  if (retryable.length > 0) {
    const again = `caselink ${record.kind === "undo" ? "undo" : "retry"} ${record.of ?? id}`;
    steps.push(nextStep(t`Retry`, again, retriedText(summary)));
  }
  if (record.kind === "create" && summary.created > 0) {
    const what = t`removes only the ${count(summary.created)} created here`;
    steps.push(nextStep(t`Undo`, `caselink undo ${id}`, what));
  }
  return steps;
}

function retriedText({ failed, cancelled }: BatchSummary): string {
  if (failed > 0 && cancelled > 0)
    return t`only the ${count(failed)} failed and ${count(cancelled)} cancelled rows; the others stay as they are`;
  const rows = failed > 0 ? counted(failed, "failed row") : counted(cancelled, "cancelled row");
  return t`only the ${rows}; the others stay as they are`;
}

const sum = (outcomes: readonly [RowOutcome, number][]): number =>
  outcomes.reduce((total, [, rows]) => total + rows, 0);
