import { join } from "node:path";
import type { BatchRecord } from "@caselink/ledger";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import type { Ending } from "./follow.ts";
import type { Output } from "./output.ts";
import { count, counted } from "./screen/format.ts";
import { isComplete, summaryScreen } from "./screen/summary-screen.ts";
import type { Settings } from "./settings.ts";

/** Says how following a batch ended, and with which exit status. */
export async function conclude(
  record: BatchRecord,
  ending: Ending,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  if (ending.kind === "detached") {
    output.note(
      `\nThe batch is safe${settings.isLocal ? " and waits" : "; it goes on"}. Go on with: caselink attach ${record.id}`,
    );
    return exitStatus.interrupted;
  }
  if (ending.kind === "blocked") {
    const { trouble, progress } = ending;
    output.event({
      event: "blocked",
      batch: record.id,
      reason: trouble.reason,
      ...(trouble.code && { error_code: trouble.code }),
    });
    output.note(
      `Blocked after ${counted(progress.settledTickets, "ticket")}: the API refuses the credentials (${trouble.reason}).`,
    );
    output.note(
      `  Nothing is lost: ${count(progress.tickets - progress.settledTickets)} tickets wait, ${count(progress.settledTickets)} are done.`,
    );
    output.note(
      `  Check the CASELINK_TOKEN or CASELINK_IAM_ variables of the worker, then\n  caselink resume ${record.id}`,
    );
    return exitStatus.blocked;
  }
  const report = await writeReport(record, settings);
  const { summary } = ending;
  output.event({ event: "summary", batch: record.id, ...summary, report });
  output.print(summaryScreen(record, summary, report));
  return isComplete(summary) ? exitStatus.succeeded : exitStatus.incomplete;
}

/** Writes the report beside what it is made of; returns its path. */
async function writeReport(record: BatchRecord, { ledger, ledgerLocation }: Settings): Promise<string> {
  const out = join(ledgerLocation, "batches", record.id, "report.csv");
  await ledger.report(record.id, { format: "csv", out });
  return out;
}
