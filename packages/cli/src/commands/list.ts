import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import { exitStatus, type ExitStatus } from "../errors.ts";
import type { Output } from "../output.ts";
import { table } from "../screen/format.ts";
import { failedRows, outcomesOf } from "../screen/summary-screen.ts";
import type { BaseSettings } from "../settings.ts";

const HEAD = ["batch", "state", "rows", "not done", "planned (UTC)", "input"];

/** The batches of the ledger, newest first, with how many rows of each could not be done. */
export async function list(settings: BaseSettings, output: Output): Promise<ExitStatus> {
  const rows: (string | number)[][] = [];
  const needCare: boolean[] = [];
  for (const record of await settings.ledger.batches()) {
    const summary = await settings.ledger.summary(record.id);
    const isWaiting = !summary && (await settings.ledger.keptPlan(record.id)) === "waiting";
    const state = summary?.state ?? (isWaiting ? "planned" : "unfinished");
    output.event({
      event: "batch",
      batch: record.id,
      kind: record.kind,
      ...(record.of !== undefined && { of: record.of }),
      state,
      rows: record.counts.rows,
      ...(summary && Object.fromEntries(outcomesOf(summary))),
      created_at: record.created_at,
      endpoint: record.endpoint,
    });
    rows.push([record.id, state, record.counts.rows, ...figures(record, summary)]);
    needCare.push(summary ? failedRows(summary) > 0 : !isWaiting);
  }
  if (rows.length === 0) output.print(`The ledger ${settings.ledgerLocation} holds no batch yet.`);
  else {
    const [head = "", ...lines] = table([HEAD, ...rows], 2);
    output.print(output.colors.dim(head));
    for (const [at, line] of lines.entries()) output.print(needCare[at] ? output.colors.yellow(line) : line);
  }
  return exitStatus.succeeded;
}

/** What is not known before the end stays empty. */
function figures(record: BatchRecord, summary: BatchSummary | undefined): (string | number)[] {
  const what =
    record.of === undefined
      ? record.inputs.map(({ name }) => name).join(", ")
      : `${record.kind === "undo" ? "undo" : "retry"} of ${record.of}`;
  return [summary ? failedRows(summary) : "", record.created_at.slice(0, 16).replace("T", " "), what];
}
