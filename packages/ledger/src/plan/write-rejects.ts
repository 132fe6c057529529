import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { formatCsvLine } from "../csv-line.ts";
import type { Database } from "../database.ts";
import { isObject } from "../error-facts.ts";
import type { CsvHeader } from "./csv-header.ts";
import type { TableColumns } from "./input-columns.ts";
import type { TextFormat } from "./plan-request.ts";

/** What is needed of an input to write its rows in its own form. */
export interface RejectSource {
  /** CSV for XLSX and Parquet. */
  format: TextFormat;
  /** As {@link InputFile} has it. */
  isMarked?: boolean;
  /** Of tables. */
  table?: CsvHeader;
}

type RejectedTable = NonNullable<RejectSource["table"]> & { isMarked: boolean };

const REASON = "reason";

/** The form that the rejects of these inputs have: the inputs' own, or JSON lines where they differ. */
export function rejectsFormat(sources: readonly RejectSource[]): TextFormat {
  const [first] = sources;
  if (first?.table) return sources.every((source) => sameTable(source, first)) ? first.format : "jsonl";
  return sources.every(({ format }) => format === "json") ? "json" : "jsonl";
}

function sameTable(a: RejectSource, b: RejectSource): boolean {
  return (
    a.table?.delimiter === b.table?.delimiter &&
    a.table?.hasSeparatorLine === b.table?.hasSeparatorLine &&
    a.table?.columns.names.join("\0") === b.table?.columns.names.join("\0")
  );
}

interface RejectedRow {
  case_id: string;
  related_id: string;
  group_id: string;
  other: Record<string, unknown>;
  reason: string;
  /** As {@link ReaderFault} has it. */
  raw: string | null;
}

const REJECTS = `
SELECT i.case_id, i.related_id, i.group_id, i.other, s.reason, r.raw
FROM settled s JOIN input i USING ("row") LEFT JOIN (SELECT "row", any_value(raw) AS raw FROM reader_fault GROUP BY "row") r USING ("row")
WHERE s.outcome = 'invalid' ORDER BY i."row"`;

/** The name of the invalid rows' file in the batch's folder; absent where there are none. */
export function rejectsName(format: TextFormat): string {
  return `rejects.${format}`;
}

/** Writes the rejects below a folder, where there are any. */
export async function writeStagedRejects(
  database: Database,
  { invalid }: { invalid: number },
  sources: readonly RejectSource[],
  folder: string,
): Promise<void> {
  if (invalid === 0) return;
  await mkdir(join(folder, "rejects"));
  await writeRejectsFile(database, sources, join(folder, "rejects", rejectsName(rejectsFormat(sources))));
}

/** Writes every invalid row with its reason. */
async function writeRejectsFile(database: Database, sources: readonly RejectSource[], path: string): Promise<void> {
  const format = rejectsFormat(sources);
  const [first] = sources;
  const isMarked = sources.some((source) => source.isMarked);
  const lines =
    first?.table && format !== "jsonl"
      ? tableLines(database, { ...first.table, isMarked })
      : jsonLines(database, format);
  await pipeline(Readable.from(lines), createWriteStream(path, { flags: "wx", flush: true }));
}

async function* rejectedRows(database: Database): AsyncGenerator<RejectedRow[]> {
  for await (const rows of database.stream(REJECTS)) {
    yield rows.map(([ticket, related, group, other, reason, raw]) => ({
      case_id: String(ticket),
      related_id: String(related),
      group_id: String(group),
      other: other === null ? {} : objectOf(String(other)),
      reason: String(reason),
      raw: raw === null ? null : String(raw),
    }));
  }
}

async function* tableLines(database: Database, { delimiter, hasSeparatorLine, columns, isMarked }: RejectedTable) {
  // A file of rejects that is itself rejected has the column already.
  const earlier = columns.names.findIndex((name) => name.toLowerCase() === REASON);
  const without = (cells: readonly string[]) => cells.filter((_, index) => index !== earlier);
  const line = (cells: readonly string[], reason: string) =>
    `${formatCsvLine([...without(cells), reason], delimiter)}\n`;
  const separatorLine = hasSeparatorLine ? `sep=${delimiter}\n` : "";
  yield (isMarked ? "\ufeff" : "") + separatorLine + line(columns.names, REASON);
  for await (const rows of rejectedRows(database))
    yield rows.map((row) => line(cellsOf(row, columns), row.reason)).join("");
}

function cellsOf(row: RejectedRow, columns: TableColumns): string[] {
  const cells = columns.names.map(() => "");
  if (row.raw !== null) {
    const found = listOf(row.raw);
    return found.length >= cells.length ? found : cells.map((_, index) => found[index] ?? "");
  }
  cells[columns.ticket] = row.case_id;
  cells[columns.related] = row.related_id;
  if (columns.group !== undefined) cells[columns.group] = row.group_id;
  for (const { index, name } of columns.others) cells[index] = textOf(row.other[name]);
  return cells;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

function listOf(json: string): string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.map(textOf) : [];
}

function objectOf(json: string): Record<string, unknown> {
  const value: unknown = JSON.parse(json);
  return isObject(value) ? value : {};
}

async function* jsonLines(database: Database, format: TextFormat) {
  const isArray = format === "json";
  if (isArray) yield "[\n";
  let isFirst = true;
  for await (const rows of rejectedRows(database)) {
    let text = "";
    for (const row of rows) {
      if (!isFirst && isArray) text += ",\n";
      isFirst = false;
      text += JSON.stringify(rejectOf(row)) + (isArray ? "" : "\n");
    }
    yield text;
  }
  if (isArray) yield "\n]\n";
}

function rejectOf(row: RejectedRow): object {
  const { case_id, related_id, group_id, other, reason, raw } = row;
  if (raw === null) return { case_id, related_id, group_id, ...other, reason };
  try {
    const found: unknown = JSON.parse(raw);
    if (isObject(found)) return { ...found, reason };
    return { content: found, reason };
  } catch {
    return { content: raw, reason };
  }
}
