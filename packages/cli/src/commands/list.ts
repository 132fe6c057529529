import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import { exitStatus, type ExitStatus } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { table } from "../screen/format.ts";
import { failedRows, outcomesOf } from "../screen/summary-screen.ts";
import type { BaseSettings } from "../settings.ts";

const headWords = (): string[] => [t`batch`, t`state`, t`rows`, t`not done`, t`planned (UTC)`, t`input`];

const stateWords = (): Readonly<Record<BatchSummary["state"] | "planned" | "unfinished", string>> => ({
  planned: t`planned`,
  unfinished: t`unfinished`,
  completed: t`completed`,
  cancelled: t`cancelled`,
});

/** Lists the batches of the ledger, newest first, with the number of rows not done. */
export async function list(settings: BaseSettings, output: Output): Promise<ExitStatus> {
  const words = stateWords();
  const rows: (string | number)[][] = [];
  const isHighlighted: boolean[] = [];
  for (const record of await settings.ledger.batches()) {
    const summary = await settings.ledger.summary(record.id);
    const isWaiting = !summary && (await settings.ledger.savedPlan(record.id)) === "waiting";
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
    rows.push([record.id, words[state], record.counts.rows, ...figures(record, summary)]);
    isHighlighted.push(summary ? failedRows(summary) > 0 : !isWaiting);
  }
  if (rows.length === 0) output.print(t`The ledger ${settings.ledgerLocation} has no batches yet.`);
  else {
    const [head = "", ...lines] = table([headWords(), ...rows], 2);
    output.print(output.colors.dim(head));
    for (const [at, line] of lines.entries()) output.print(isHighlighted[at] ? output.colors.yellow(line) : line);
  }
  return exitStatus.succeeded;
}

/** The columns after the number of rows. The number of rows not done is empty until the batch has ended. */
function figures(record: BatchRecord, summary: BatchSummary | undefined): (string | number)[] {
  return [summary ? failedRows(summary) : "", record.created_at.slice(0, 16).replace("T", " "), inputOf(record)];
}

function inputOf({ kind, of, inputs }: BatchRecord): string {
  if (of === undefined) return inputs.map(({ name }) => name).join(", ");
  return kind === "undo" ? t`undo of ${of}` : t`retry of ${of}`;
}
