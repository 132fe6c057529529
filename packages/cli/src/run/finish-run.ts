import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { BatchRecord } from "@caselink/ledger";
import { exitStatus, type ExitStatus } from "../errors.ts";
import type { FollowResult } from "./follow-batch.ts";
import { saveBlock } from "./last-block.ts";
import type { Output } from "../output.ts";
import { blockedScreen, CLUSTER_CREDENTIALS_ADVICE, localCredentialsAdvice } from "../screen/blocked-screen.ts";
import { isComplete, summaryScreen } from "../screen/summary-screen.ts";
import type { Settings } from "../settings.ts";

/** Says how following a batch ended, and with which exit status. */
export async function finishRun(
  record: BatchRecord,
  ending: FollowResult,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  if (ending.kind === "detached") {
    output.note(`\nThe batch is safe${settings.isLocal ? " and waits" : "; it goes on"}. Go on with:`);
    output.note(`  caselink attach ${record.id}`);
    return exitStatus.interrupted;
  }
  if (ending.kind === "blocked") {
    const { trouble, progress } = ending;
    output.event({
      event: "blocked",
      batch: record.id,
      reason: trouble.reason,
      ...(trouble.code !== undefined && { error_code: trouble.code }),
      ...(trouble.httpStatus !== undefined && { http_status: trouble.httpStatus }),
      tickets: progress.tickets,
      settled_tickets: progress.settledTickets,
    });
    const advice = settings.isLocal ? localCredentialsAdvice(settings.env) : CLUSTER_CREDENTIALS_ADVICE;
    if (settings.isLocal) await saveBlock(settings.home, record, { at: new Date().toISOString(), trouble, advice });
    output.note(blockedScreen({ batchId: record.id, trouble, progress }, advice, output.noteColors));
    return exitStatus.blocked;
  }
  const report = await writeReport(record, settings);
  const { summary } = ending;
  output.event({ event: "summary", batch: record.id, ...summary, report });
  output.print(summaryScreen(record, summary, report, output.colors));
  return isComplete(summary) ? exitStatus.succeeded : exitStatus.incomplete;
}

/** Writes the report beside what it is made of, or where that is not on this machine in the state folder. */
async function writeReport(record: BatchRecord, { ledger, reportPath }: Settings): Promise<string> {
  const out = reportPath(record.id);
  await mkdir(dirname(out), { recursive: true });
  await ledger.report(record.id, { format: "csv", out });
  return out;
}
