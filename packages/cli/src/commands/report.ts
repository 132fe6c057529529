import { extname } from "node:path";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import type { Output } from "../output.ts";
import { counted } from "../screen/format.ts";
import { pathOf, type BaseSettings } from "../settings.ts";
import { requireOutFile } from "./require-files.ts";
import { knownBatch } from "./known-batch.ts";
import { parseOutcomes } from "./parse-outcomes.ts";

type Format = "csv" | "jsonl" | "html";

export interface ReportOptions {
  /** Default: by the ending of `out`, else CSV, with `--json` lines of JSON. */
  format?: Format;
  outcome?: string;
  out?: string;
}

/** Every row of the input with its outcome, to a file or to standard output. */
export async function report(
  id: string,
  options: ReportOptions,
  settings: BaseSettings,
  output: Output,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  if (options.out !== undefined) await requireOutFile(options.out, settings);
  const format = options.format ?? (options.out === undefined ? (output.isJson ? "jsonl" : "csv") : named(options.out));
  if (format !== "jsonl" && output.isJson && options.out === undefined) {
    throw new UserError(
      `--json leaves no room for ${format === "csv" ? "CSV" : "a page"} on standard output: name a file with --out, or drop one of both`,
    );
  }
  // A page is nothing to read in a terminal.
  const out = options.out ?? (format === "html" && output.streams.stdout.isTTY ? `${record.id}.html` : undefined);
  const { rows, manifest } = await settings.ledger.report(record.id, {
    format,
    out: out === undefined ? output.streams.stdout : pathOf(settings, out),
    ...(options.outcome !== undefined && { outcomes: parseOutcomes(options.outcome) }),
  });
  if (out !== undefined) {
    output.event({ event: "report", batch: id, rows, path: out, ...(manifest !== undefined && { manifest }) });
    output.print(`${counted(rows, "row")} in ${out}${manifest === undefined ? "" : `; checksums in ${manifest}`}`);
  }
  return exitStatus.succeeded;
}

const ENDINGS: Readonly<Record<string, Format>> = {
  ".csv": "csv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".html": "html",
  ".htm": "html",
};

/** The form that a file's name says; CSV where it says none. */
const named = (path: string): Format => ENDINGS[extname(path).toLowerCase()] ?? "csv";
