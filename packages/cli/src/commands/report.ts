import { exitStatus, type ExitStatus } from "../exit-status.ts";
import type { Output } from "../output.ts";
import { counted } from "../screen/format.ts";
import type { Places } from "../places.ts";
import { UserError } from "../user-error.ts";
import { knownBatch } from "./known-batch.ts";
import { parseOutcomes } from "./parse-outcomes.ts";

export interface ReportOptions {
  /** Default: CSV, with `--json` lines of JSON. */
  format?: "csv" | "jsonl";
  outcome?: string;
  out?: string;
}

/** Every row of the input with its outcome, to a file or to standard output. */
export async function report(id: string, options: ReportOptions, places: Places, output: Output): Promise<ExitStatus> {
  const record = await knownBatch(id, places);
  const format = options.format ?? (output.isJson && options.out === undefined ? "jsonl" : "csv");
  if (format === "csv" && output.isJson && options.out === undefined) {
    throw new UserError(
      "--json leaves no room for CSV on standard output: name a file with --out, or drop one of both",
    );
  }
  const { rows } = await places.ledger.report(record.id, {
    format,
    out: options.out ?? process.stdout,
    ...(options.outcome !== undefined && { outcomes: parseOutcomes(options.outcome) }),
  });
  if (options.out !== undefined) {
    output.event({ event: "report", batch: id, rows, path: options.out });
    output.print(`${counted(rows, "row")} in ${options.out}`);
  }
  return exitStatus.succeeded;
}
