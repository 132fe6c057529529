import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { BatchRecord } from "@caselink/ledger";
import { exitStatus, type ExitStatus } from "../errors.ts";
import type { FollowResult } from "./follow-batch.ts";
import { saveBlock } from "./last-block.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { blockedScreen, CLUSTER_CREDENTIALS_ADVICE, localCredentialsAdvice } from "../screen/blocked-screen.ts";
import { isComplete, summaryScreen } from "../screen/summary-screen.ts";
import type { Settings } from "../settings.ts";

/**
 * Prints how the run ended and returns the exit status: writes the report of a finished batch, and stores the reason of a
 * blocked one.
 */
export async function finishRun(
  record: BatchRecord,
  result: FollowResult,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  if (result.kind === "detached") {
    const safe = settings.isLocal
      ? t`The batch is safe. Continue with:`
      : t`The batch is safe and continues without this command. Continue with:`;
    output.note(`\n${safe}`);
    output.note(`  caselink attach ${record.id}`);
    return exitStatus.interrupted;
  }
  if (result.kind === "blocked") {
    const { waitReason, progress } = result;
    const ticket = await ticketOfRow(record, waitReason.row, settings);
    output.event({
      event: "blocked",
      batch: record.id,
      reason: waitReason.reason,
      ...(ticket !== undefined && { case_id: ticket }),
      ...(waitReason.code !== undefined && { error_code: waitReason.code }),
      ...(waitReason.httpStatus !== undefined && { http_status: waitReason.httpStatus }),
      tickets: progress.tickets,
      settled_tickets: progress.settledTickets,
    });
    const advice = settings.isLocal ? localCredentialsAdvice(settings.env) : CLUSTER_CREDENTIALS_ADVICE;
    if (settings.isLocal) await saveBlock(settings.home, record, { at: new Date().toISOString(), waitReason, advice });
    output.note(blockedScreen({ batchId: record.id, waitReason, ticket, progress }, advice, output.noteColors));
    return exitStatus.blocked;
  }
  const report = await writeReport(record, settings);
  const { summary } = result;
  // The digest is in the status: scripts rely on exactly these fields.
  const { results_sha256: _, ...figures } = summary;
  output.event({ event: "summary", batch: record.id, ...figures, report });
  output.print(summaryScreen(record, summary, report, output.colors));
  return isComplete(summary) ? exitStatus.succeeded : exitStatus.incomplete;
}

/** The ticket of a row: Temporal, from which the reason comes, only has the number. Undefined if the ledger cannot say it. */
async function ticketOfRow(
  { id }: BatchRecord,
  row: number | undefined,
  { ledger }: Settings,
): Promise<string | undefined> {
  if (row === undefined) return undefined;
  try {
    let at = 0;
    for await (const { case_id } of ledger.rows(id)) if (++at === row) return case_id;
  } catch {
    // The reason of the block is more important than the ticket that shows it.
  }
  return undefined;
}

/** Writes the report next to the results; in the state folder if the ledger is not on this machine. */
async function writeReport(record: BatchRecord, { ledger, reportPath }: Settings): Promise<string> {
  const out = reportPath(record.id);
  await mkdir(dirname(out), { recursive: true });
  await ledger.report(record.id, { format: "csv", out });
  return out;
}
