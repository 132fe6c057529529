import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import type { RowOutcome } from "@caselink/workflows";
import type { Colors } from "../output.ts";
import { count, counted, duration, table, USUAL_COLUMNS } from "./format.ts";
import { canSucceedLater, hasSucceeded, outcomeWords } from "./progress-screen.ts";

/** The outcomes of a summary that its rows have. */
export function outcomesOf(summary: BatchSummary): [RowOutcome, number][] {
  return (Object.keys(outcomeWords) as RowOutcome[])
    .map((outcome): [RowOutcome, number] => [outcome, summary[outcome] ?? 0])
    .filter(([, rows]) => rows > 0);
}

/** True where every row came to what it was meant to. */
export function isComplete(summary: BatchSummary): boolean {
  return outcomesOf(summary).every(([outcome]) => hasSucceeded(outcome));
}

/** How many rows did not come to what they were meant to. */
export function failedRows(summary: BatchSummary): number {
  return sum(outcomesOf(summary).filter(([outcome]) => !hasSucceeded(outcome)));
}

/** The end of a batch, in one screen: what happened, where it stands, what to type next. */
export function summaryScreen(
  record: BatchRecord,
  summary: BatchSummary,
  report: string | undefined,
  colors: Colors,
): string {
  const took = duration(Date.parse(summary.finished_at) - Date.parse(summary.started_at));
  const head = summary.state === "cancelled" ? `Cancelled after ${took}.` : `Finished in ${took}.`;
  const paint = isComplete(summary) ? colors.green : colors.yellow;
  return [
    `${paint(head)} Every row is accounted for.`,
    "",
    ...(summary.rows === 0 ? [] : [...outcomeTable(summary, colors), ""]),
    ...nextSteps(record, summary, report),
  ].join("\n");
}

function outcomeTable(summary: BatchSummary, colors: Colors): string[] {
  const outcomes = outcomesOf(summary);
  const done = outcomes.filter(([outcome]) => hasSucceeded(outcome));
  const failed = outcomes.filter(([outcome]) => !hasSucceeded(outcome));
  const rows: [string, number, string][] = done.map(([outcome, rowCount]) => [outcomeWords[outcome], rowCount, ""]);
  if (failed.length > 0) {
    const reasons = failed.map(([outcome, rowCount]) => `${outcomeWords[outcome]} ${count(rowCount)}`).join(", ");
    rows.push(["could not be done", sum(failed), reasons]);
  }
  const lines = table(rows).map((line) => `  ${line}`);
  return lines.map((line, at) => (at >= done.length ? colors.yellow(line) : line));
}

function nextSteps(record: BatchRecord, summary: BatchSummary, report: string | undefined): string[] {
  const { id } = record;
  const failed = outcomesOf(summary).filter(([outcome]) => !hasSucceeded(outcome));
  const passing = failed.filter(([outcome]) => canSucceedLater(outcome));
  const lasting = failed.filter(([outcome]) => !canSucceedLater(outcome));
  const steps = [nextStep("Report", `caselink report ${id} --format html`, report ? `as CSV in ${report}` : "")];
  if (lasting.length > 0) {
    const rows = counted(sum(lasting), "row");
    const command = `caselink report ${id} --outcome refused`;
    const what = `the ${rows} that would be refused again, with the reasons`;
    if (record.kind === "undo") steps.push(nextStep("Look", command, `lists ${what}`));
    else {
      steps.push(nextStep("Mend", `${command} --out mend.csv`, what));
      steps.push(nextStep("", "caselink run mend.csv", "once they are mended there"));
    }
  }
  if (passing.length > 0) {
    const rows = passing.map(([outcome, rowCount]) => `${count(rowCount)} ${outcomeWords[outcome]}`).join(" and ");
    const again = `caselink ${record.kind === "undo" ? "undo" : "retry"} ${record.of ?? id}`;
    steps.push(
      nextStep(
        "Retry",
        again,
        `takes up the ${rows} ${sum(passing) === 1 ? "row" : "rows"}; what is done stays as it is`,
      ),
    );
  }
  if (record.kind === "create" && summary.created > 0) {
    const what = `removes exactly the ${count(summary.created)} created here`;
    steps.push(nextStep("Undo", `caselink undo ${id}`, what));
  }
  return steps;
}

const sum = (outcomes: readonly [RowOutcome, number][]): number =>
  outcomes.reduce((total, [, rows]) => total + rows, 0);

const INDENT = 9;

/** `Report   caselink report ID   what it does`, over two lines where one is too short. */
export function nextStep(label: string, command: string, what: string): string {
  const line = `${label.padEnd(INDENT)}${command}`;
  if (what === "") return line;
  return line.length + 3 + what.length <= USUAL_COLUMNS ? `${line}   ${what}` : `${line}\n${" ".repeat(INDENT)}${what}`;
}
