import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "@caselink/common";
import { chunkIds, type BatchRecord } from "../batch/batch-record.ts";
import { readResultsOfChunks } from "../chunk/chunk-files.ts";
import { filesSql, sqlText, type Database } from "../database.ts";
import { readLines } from "../files/json-lines.ts";
import { assertUnaltered } from "../batch/planned-files.ts";
import { readPieces } from "../store/read-pieces.ts";
import type { Store } from "../store/store.ts";
import { outcomeOfUnsettled, type BatchSummary } from "../batch/summary.ts";
import type { ReportRow } from "./report-row.ts";

const RESULT_COLUMNS = `{"row": 'BIGINT', outcome: 'VARCHAR', error_code: 'VARCHAR', error_message: 'VARCHAR',
  http_status: 'INTEGER', request_id: 'VARCHAR', attempts: 'INTEGER', settled_at: 'VARCHAR', elapsed_ms: 'DOUBLE'}`;

const ROW_COLUMNS = `{"row": 'BIGINT', line: 'BIGINT', case_id: 'VARCHAR', related_id: 'VARCHAR',
  group_id: 'VARCHAR', other: 'JSON', outcome: 'VARCHAR', reason: 'VARCHAR'}`;

export function jsonSource(paths: readonly string[], columns: string): string {
  return filesSql("read_json", paths, `format = 'newline_delimited', columns = ${columns}`);
}

/** Replaces the table `result` with the results of all chunks of a batch. */
export async function loadResults(database: Database, store: Store, record: BatchRecord): Promise<void> {
  await database.run(`CREATE OR REPLACE TABLE result ("row" BIGINT, outcome VARCHAR, error_code VARCHAR, error_message VARCHAR,
    http_status INTEGER, request_id VARCHAR, attempts INTEGER, settled_at VARCHAR, elapsed_ms DOUBLE)`);
  const stage = await store.createStagingFolder();
  try {
    // A worker may store newer results at any time and remove these: the database reads a copy.
    const copy = join(stage.folder, "results");
    let count = 0;
    for await (const { text } of readResultsOfChunks(store, record.id, chunkIds(record))) {
      await appendFile(copy, text);
      if (++count % RESULTS_TOGETHER === 0) await insertResults(database, copy);
    }
    if (count % RESULTS_TOGETHER !== 0) await insertResults(database, copy);
  } finally {
    await stage.remove();
  }
}

/** The chunks whose results the database reads together. The copy of them needs this much space on the disk. */
const RESULTS_TOGETHER = 256;

async function insertResults(database: Database, file: string): Promise<void> {
  // The lines with checksums have no row.
  await database.run(`INSERT INTO result SELECT * FROM ${jsonSource([file], RESULT_COLUMNS)} WHERE "row" IS NOT NULL`);
  await rm(file);
}

/** Selects rows of a report. */
export interface RowSelection {
  /** The summary of an ended batch: its state decides the outcome of rows without a result. */
  end: BatchSummary | undefined;
  /** The empty name selects rows without an outcome. */
  outcomes: readonly string[] | undefined;
}

/** Streams the report's rows for one file of planned rows, in row order. */
export async function* readReportRows(
  database: Database,
  store: Store,
  path: string,
  record: BatchRecord,
  { end, outcomes, folder }: RowSelection & { folder: string },
): AsyncGenerator<ReportRow[]> {
  await loadRows(database, store, path, record);
  const chosen = outcomes
    ? `WHERE coalesce(outcome, '') IN (${outcomes.map((outcome) => sqlText(outcome)).join(", ")})`
    : "";
  // The rows go through a table and a file: a streamed query cannot be repeated with more memory, and rows that the
  // database hands over one by one stay in memory until Node's garbage collector runs.
  await database.run(
    `CREATE OR REPLACE TEMP TABLE report_row AS
     SELECT * EXCLUDE ("row") FROM (${reportRowsSql(record, end)}) ${chosen} ORDER BY "row"`,
  );
  const file = join(folder, "report-rows");
  await database.run(`COPY report_row TO ${sqlText(file)} (FORMAT json)`);
  for await (const lines of readLines(readPieces(file), file)) yield lines.map(reportRow);
  await rm(file);
}

/** Replaces the table `part` with one file of planned rows. */
export async function loadRows(database: Database, store: Store, path: string, record: BatchRecord): Promise<void> {
  await store.withLocalFiles([path], async ([file = ""]) => {
    await assertUnaltered(store, record.id, path, file);
    await database.run(`CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM ${jsonSource([file], ROW_COLUMNS)}`);
  });
}

/** A query for the report's rows from the tables that {@link loadRows} and {@link loadResults} filled. */
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
      p.other
    FROM part p LEFT JOIN (
      SELECT * FROM result JOIN (
        SELECT max(rowid) AS last FROM result
        WHERE "row" BETWEEN (SELECT min("row") FROM part) AND (SELECT max("row") FROM part) GROUP BY "row"
      ) ON rowid = last
    ) r USING ("row")`;
}

function reportRow(text: string): ReportRow {
  const row: unknown = JSON.parse(text);
  if (!isObject(row)) throw new TypeError("A row of a report is not an object.");
  return {
    line: Number(row.line),
    case_id: String(row.case_id),
    related_id: String(row.related_id),
    group_id: String(row.group_id),
    outcome: textOrNull(row.outcome),
    error_code: textOrNull(row.error_code),
    error_message: textOrNull(row.error_message),
    http_status: row.http_status === null || row.http_status === undefined ? null : Number(row.http_status),
    request_id: textOrNull(row.request_id),
    attempts: Number(row.attempts),
    settled_at: textOrNull(row.settled_at),
    other: isObject(row.other) ? row.other : {},
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
