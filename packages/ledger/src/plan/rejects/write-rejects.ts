import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { formatCsvLine, isObject, ownValue } from "@caselink/common";
import type { Database } from "../../database.ts";
import type { JsonKeys } from "../columns/column-map.ts";
import type { CsvHeader } from "../readers/csv-header.ts";
import type { TableColumns } from "../columns/input-columns.ts";
import type { TextFormat } from "../plan-request.ts";
import type { RejectSource } from "./reject-source.ts";
import { harmlessCell } from "./harmless-cells.ts";
import { reasonColumn, type ReasonColumn } from "./reason-column.ts";
import { readInvalidRows, type RejectedInputs, type InvalidRow } from "./invalid-rows.ts";

/** Characters that are written together. */
const PIECE = 1 << 16;

/** Facts that the tables `row_error` and `input` do not hold. */
export interface RejectsRequest extends RejectedInputs {
  invalid: number;
  jsonKeys: JsonKeys;
}

/** Returns the format of the rejects file: the inputs' own, or JSON lines if they differ. */
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

/** Returns the name of the rejects file in the batch's folder. */
export function rejectsName(format: TextFormat): string {
  return `rejects.${format}`;
}

/** Writes the rejects file below a folder, if there are invalid rows: each with its errors and their places. */
export async function writeStagedRejects(database: Database, request: RejectsRequest, folder: string): Promise<void> {
  if (request.invalid === 0) return;
  await mkdir(join(folder, "rejects"));
  const { sources, jsonKeys } = request;
  const format = rejectsFormat(sources);
  const path = join(folder, "rejects", rejectsName(format));
  const rows = readInvalidRows(database, request);
  const reason = reasonColumn(sources);
  const [first] = sources;
  const lines =
    first?.table && format !== "jsonl"
      ? tableLines(
          rows,
          first.table,
          reason,
          sources.some((source) => source.isMarked),
        )
      : jsonLines(rows, format, jsonKeys, reason);
  await pipeline(inPieces(lines), createWriteStream(path, { flags: "wx", flush: true }));
}

/** Joins lines to pieces, so that writing costs less; small ones, because V8 keeps the parts of a piece alive. */
async function* inPieces(lines: AsyncIterable<string>) {
  let piece = "";
  for await (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

async function* tableLines(
  rows: AsyncIterable<Iterable<InvalidRow>>,
  { delimiter, hasSeparatorLine, columns }: CsvHeader,
  { name, earlier: [earlier] }: ReasonColumn,
  isMarked: boolean,
) {
  const dropped = earlier === undefined ? -1 : columns.names.indexOf(earlier);
  const ids = new Set([columns.ticket, columns.related, columns.group]);
  const line = (cells: readonly string[], reason: string) => {
    const harmless = cells.map((cell, index) => harmlessCell(cell, ids.has(index)));
    return `${formatCsvLine([...harmless.filter((_, index) => index !== dropped), harmlessCell(reason)], delimiter)}\n`;
  };
  const separatorLine = hasSeparatorLine ? `sep=${delimiter}\n` : "";
  yield (isMarked ? "\ufeff" : "") + separatorLine + line(columns.names, name);
  for await (const some of rows) {
    for (const row of some) yield line(cellsOf(row, columns), row.reason);
  }
}

function cellsOf(row: InvalidRow, columns: TableColumns): string[] {
  const cells = columns.names.map(() => "");
  const related = columns.related.map(({ index }) => index);
  const { ticket, group = ticket } = columns;
  const indexes = { case_id: [ticket], related_id: related, group_id: [group] };
  if (row.raw !== null) {
    const found = listOf(row.raw);
    const whole = found.length >= cells.length ? found : cells.map((_, index) => found[index] ?? "");
    for (const index of [...row.leftOut].flatMap((field) => indexes[field])) whole[index] = "";
    return whole;
  }
  cells[ticket] = row.values.case_id;
  // In its own column. The others of its line are rows of their own.
  cells[related[row.relatedColumn] ?? ticket] = row.values.related_id;
  if (columns.group !== undefined) cells[columns.group] = row.values.group_id;
  for (const { index, name } of columns.others) cells[index] = textOf(ownValue(row.other, name));
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

async function* jsonLines(
  rows: AsyncIterable<Iterable<InvalidRow>>,
  format: TextFormat,
  keys: JsonKeys,
  { name, earlier }: ReasonColumn,
) {
  const isArray = format === "json";
  if (isArray) yield "[\n";
  let isFirst = true;
  for await (const some of rows) {
    let text = "";
    for (const row of some) {
      if (!isFirst && isArray) text += ",\n";
      isFirst = false;
      const { [earlier[row.file] ?? name]: _, ...record } = recordOf(row, keys);
      text += JSON.stringify({ ...record, [name]: row.reason }) + (isArray ? "" : "\n");
    }
    yield text;
  }
  if (isArray) yield "\n]\n";
}

function recordOf({ values, leftOut, other, raw }: InvalidRow, keys: JsonKeys): Record<string, unknown> {
  if (raw === null) return { ...keys.record(values), ...other };
  try {
    const found: unknown = JSON.parse(raw);
    if (!isObject(found)) return { content: found };
    return { ...found, ...Object.fromEntries(Array.from(leftOut, (field) => [keys.names[field], ""])) };
  } catch {
    return { content: raw };
  }
}
