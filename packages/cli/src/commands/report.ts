import { extname } from "node:path";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { reportLanguage, t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { counted } from "../screen/format.ts";
import { pathOf, type BaseSettings } from "../settings.ts";
import { requireOutFile } from "./require-files.ts";
import { knownBatch } from "./known-batch.ts";
import { parseOutcomes } from "./parse-outcomes.ts";

type Format = "csv" | "jsonl" | "html";

export interface ReportOptions {
  /** Default: by the extension of `out`; without `out` CSV, or lines of JSON with `--json`. */
  format?: Format;
  outcome?: string;
  out?: string;
}

/** Writes every row of the input with its outcome to a file or to standard output. */
export async function report(
  id: string,
  options: ReportOptions,
  settings: BaseSettings,
  output: Output,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  if (options.out !== undefined) await requireOutFile(options.out, settings);
  const format =
    options.format ?? (options.out === undefined ? (output.isJson ? "jsonl" : "csv") : formatOf(options.out));
  if (format !== "jsonl" && output.isJson && options.out === undefined) {
    throw new UserError(
      t`--json cannot be combined with ${format === "csv" ? "CSV" : "HTML"} on standard output: add --out FILE`,
    );
  }
  // HTML cannot be read in a terminal.
  const out = options.out ?? (format === "html" && output.streams.stdout.isTTY ? `${record.id}.html` : undefined);
  const file = out === undefined ? undefined : pathOf(settings, out);
  const { rows, manifest: manifestFile } = await settings.ledger.report(record.id, {
    format,
    language: reportLanguage(),
    out: file ?? output.streams.stdout,
    ...(options.outcome !== undefined && { outcomes: parseOutcomes(options.outcome) }),
  });
  if (out !== undefined) {
    const manifest = manifestFile?.replace(file ?? out, () => out); // as it was typed
    output.event({ event: "report", batch: id, rows, path: out, ...(manifest !== undefined && { manifest }) });
    const shown = counted(rows, "row");
    output.print(manifest === undefined ? t`${shown} in ${out}` : t`${shown} in ${out}; checksums in ${manifest}`);
  }
  return exitStatus.succeeded;
}

const EXTENSIONS: Readonly<Record<string, Format>> = {
  ".csv": "csv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".html": "html",
  ".htm": "html",
};

/** The format of a file by its extension; CSV for any other. */
const formatOf = (path: string): Format => EXTENSIONS[extname(path).toLowerCase()] ?? "csv";
