import { readFile } from "node:fs/promises";
import { batchPath } from "../batch-files.ts";
import { chunkIds, type BatchRecord } from "../batch-record.ts";
import { isRowResult } from "../chunk.ts";
import { sqlFile, sqlText, type Cell, type Database } from "../database.ts";
import { isObject } from "../error-facts.ts";
import { parseSealedLines } from "../json-lines.ts";
import { assertPlanned } from "../manifest.ts";
import type { Store } from "../store/store.ts";
import { outcomeOfUnsettled, type BatchSummary } from "../summary.ts";
import type { ReportRow } from "./report-format.ts";

const RESULT_COLUMNS = `{"row": 'BIGINT', outcome: 'VARCHAR', error_code: 'VARCHAR', error_message: 'VARCHAR',
  http_status: 'INTEGER', request_id: 'VARCHAR', attempts: 'INTEGER', settled_at: 'VARCHAR', elapsed_ms: 'DOUBLE'}`;

const ROW_COLUMNS = `{"row": 'BIGINT', line: 'BIGINT', case_id: 'VARCHAR', related_id: 'VARCHAR',
  group_id: 'VARCHAR', other: 'JSON', outcome: 'VARCHAR', reason: 'VARCHAR'}`;

export function jsonSource(paths: readonly string[], columns: string): string {
  return `read_json([${paths.map(sqlFile).join(", ")}], format = 'newline_delimited', columns = ${columns})`;
}

/** Loads the results of all chunks into the table `result`, in place of what it held. */
export async function loadResults(database: Database, store: Store, record: BatchRecord): Promise<void> {
  const expected = new Set(chunkIds(record).map((id) => `${id}.jsonl`));
  const names = (await store.list(batchPath(record.id, "results"))).filter((name) => expected.has(name));
  await database.run(`CREATE OR REPLACE TABLE result ("row" BIGINT, outcome VARCHAR, error_code VARCHAR, error_message VARCHAR,
    http_status INTEGER, request_id VARCHAR, attempts INTEGER, settled_at VARCHAR, elapsed_ms DOUBLE)`);
  for (let first = 0; first < names.length; first += RESULT_FILES_AT_ONCE) {
    const paths = names.slice(first, first + RESULT_FILES_AT_ONCE).map((name) => batchPath(record.id, "results", name));
    await store.withLocalFiles(paths, async (files) => {
      for (const [index, file] of files.entries()) {
        parseSealedLines(await readFile(file, "utf8"), store.describe(paths[index] ?? file), isRowResult);
      }
      // The line with the checksum has no row.
      await database.run(
        `INSERT INTO result SELECT * FROM ${jsonSource(files, RESULT_COLUMNS)} WHERE "row" IS NOT NULL`,
      );
    });
  }
}

/** Of those that are elsewhere, so many lie on this disk at a time. */
const RESULT_FILES_AT_ONCE = 256;

/** Which rows of a report, and what the batch's end says of those without an outcome. */
export interface RowSelection {
  end: BatchSummary | undefined;
  /** The empty name selects those without one. */
  outcomes: readonly string[] | undefined;
}

/** The report's rows of one file of rows, in row order, as they come. */
export async function* readReportRows(
  database: Database,
  store: Store,
  path: string,
  record: BatchRecord,
  { end, outcomes }: RowSelection,
): AsyncGenerator<ReportRow[]> {
  await loadRows(database, store, path, record);
  const chosen = outcomes
    ? `WHERE coalesce(outcome, '') IN (${outcomes.map((outcome) => sqlText(outcome)).join(", ")})`
    : "";
  const rows = database.stream(
    `SELECT * EXCLUDE ("row") FROM (${reportRowsSql(record, end)}) ${chosen} ORDER BY "row"`,
  );
  for await (const piece of rows) yield piece.map(reportRow);
}

/** Loads one file of rows into the table `part`, in place of the one before. */
export async function loadRows(database: Database, store: Store, path: string, record: BatchRecord): Promise<void> {
  await store.withLocalFiles([path], async ([file = ""]) => {
    await assertPlanned(store, record.id, path, file);
    await database.run(`CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM ${jsonSource([file], ROW_COLUMNS)}`);
  });
}

/** A query for the report's rows of what {@link loadRows} and {@link loadResults} have loaded. */
export function reportRowsSql(record: BatchRecord, end: BatchSummary | undefined): string {
  const unsettled = end ? sqlText(outcomeOfUnsettled(end.state)) : "NULL";
  const finishedAt = end ? sqlText(end.finished_at) : "NULL";
  const group = record.options.group_id;
  return `
    SELECT p."row", p.line, p.case_id, p.related_id,
      ${group === undefined ? "p.group_id" : `CASE WHEN p.group_id = '' THEN ${sqlText(group)} ELSE p.group_id END`} AS group_id,
      coalesce(p.outcome, r.outcome, ${unsettled}) AS outcome, r.error_code, coalesce(r.error_message, p.reason) AS error_message,
      r.http_status, r.request_id, coalesce(r.attempts, 0) AS attempts,
      CASE WHEN p.outcome IS NOT NULL THEN ${sqlText(record.created_at)} ELSE coalesce(r.settled_at, ${finishedAt}) END AS settled_at,
      p.other::VARCHAR AS other
    FROM part p LEFT JOIN (
      SELECT * FROM result WHERE "row" BETWEEN (SELECT min("row") FROM part) AND (SELECT max("row") FROM part)
      QUALIFY row_number() OVER (PARTITION BY "row" ORDER BY rowid DESC) = 1
    ) r USING ("row")`;
}

function reportRow(values: readonly Cell[]): ReportRow {
  const [line, ticket, related, group, outcome, code, message, status, requestId, attempts, settledAt, other] = values;
  return {
    line: Number(line),
    case_id: String(ticket),
    related_id: String(related),
    group_id: String(group),
    outcome: textOrNull(outcome),
    error_code: textOrNull(code),
    error_message: textOrNull(message),
    http_status: status === null || status === undefined ? null : Number(status),
    request_id: textOrNull(requestId),
    attempts: Number(attempts),
    settled_at: textOrNull(settledAt),
    other: objectOf(other),
  };
}

function objectOf(json: Cell | undefined): Record<string, unknown> {
  const value: unknown = typeof json === "string" ? JSON.parse(json) : undefined;
  return isObject(value) ? value : {};
}

function textOrNull(value: Cell | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
