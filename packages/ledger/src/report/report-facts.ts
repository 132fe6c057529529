import { sqlText, type Database } from "../database.ts";
import { isOutcome, SUCCEEDED_OUTCOMES, type Outcome, type UndoOutcome } from "../outcome.ts";
import { loadRows, reportRowsSql } from "./report-rows.ts";
import type { ReportSource } from "./report-source.ts";

/** A reason why rows are not done. */
export interface Reason {
  outcome: Outcome | UndoOutcome;
  code: string | null;
  message: string | null;
  rows: number;
  tickets: number;
}

/** Rows settled in one interval. */
interface RateBucket {
  /** Milliseconds since the epoch. */
  startMs: number;
  succeeded: number;
  other: number;
}

/** Calls with a response time in this range. */
export interface LatencyBucket {
  fromMs: number;
  toMs: number;
  calls: number;
}

/** The figures of a batch that the page shows. */
export interface ReportFacts {
  outcomes: Map<Outcome | UndoOutcome, number>;
  /** Rows that have no outcome yet. */
  waiting: number;
  tickets: { notSucceeded: number };
  /** The most frequent first. */
  reasons: Reason[];
  /** Numbers of the reasons that are not in `reasons`, and of their rows. */
  furtherReasons: { kinds: number; rows: number };
  rate: { bucketMs: number; buckets: RateBucket[] } | undefined;
  latency: { p50: number; p95: number; p99: number; calls: number; buckets: LatencyBucket[] } | undefined;
  /** Rows by the number of requests made for them; rows without a request are left out. */
  attempts: { attempts: number; rows: number }[];
}

const SHOWN_REASONS = 12;
const MAX_BUCKETS = 96;
const SECOND_MS = 1_000;
const BUCKET_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
/** Each bucket is a tenth of a decade, so that short and long latencies have the same relative resolution. */
const BUCKETS_PER_DECADE = 10;

const SUCCEEDED_SQL = SUCCEEDED_OUTCOMES.map(sqlText).join(", ");

/** Reads all rows once. */
export async function readFacts({ store, database, paths, record, end }: ReportSource): Promise<ReportFacts> {
  await database.run(`
    CREATE TABLE settled_row (outcome VARCHAR, attempts INTEGER, row_count BIGINT);
    CREATE TABLE not_done (outcome VARCHAR, code VARCHAR, message VARCHAR, case_id VARCHAR, row_count BIGINT)`);
  for (const path of paths) {
    await loadRows(database, store, path, record);
    await database.run(`CREATE OR REPLACE TEMP TABLE report_part AS
      SELECT outcome, error_code, error_message, case_id, attempts FROM (${reportRowsSql(record, end)})`);
    await database.run(`
      INSERT INTO settled_row SELECT outcome, attempts, count(*) FROM report_part GROUP BY ALL;
      INSERT INTO not_done SELECT outcome, error_code, error_message, case_id, count(*) FROM report_part
        WHERE outcome IS NOT NULL AND outcome NOT IN (${SUCCEEDED_SQL}) GROUP BY ALL`);
  }
  const outcomes = new Map<Outcome | UndoOutcome, number>();
  let waiting = 0;
  for (const row of await database.all(
    "SELECT outcome, sum(row_count)::BIGINT AS n FROM settled_row GROUP BY outcome",
  )) {
    if (isOutcome(row.outcome)) outcomes.set(row.outcome, Number(row.n));
    else waiting += Number(row.n);
  }
  const attempts = await database.all(
    "SELECT attempts, sum(row_count)::BIGINT AS n FROM settled_row WHERE attempts > 0 GROUP BY attempts ORDER BY attempts",
  );
  return {
    outcomes,
    waiting,
    tickets: { notSucceeded: await database.count("SELECT count(DISTINCT case_id) FROM not_done") },
    ...(await readReasons(database)),
    rate: await readRate(database),
    latency: await readLatency(database),
    attempts: attempts.map((row) => ({ attempts: Number(row.attempts), rows: Number(row.n) })),
  };
}

async function readReasons(database: Database): Promise<Pick<ReportFacts, "reasons" | "furtherReasons">> {
  await database.run(`CREATE TABLE reason AS SELECT outcome, code, message, sum(row_count)::BIGINT AS row_count,
    count(DISTINCT case_id) AS ticket_count FROM not_done GROUP BY outcome, code, message`);
  const found = await database.all(
    `SELECT * FROM reason ORDER BY row_count DESC, outcome, code, message LIMIT ${SHOWN_REASONS}`,
  );
  const reasons = found.flatMap(({ outcome, code, message, row_count, ticket_count }): Reason[] =>
    isOutcome(outcome)
      ? [
          {
            outcome,
            code: textOrNull(code),
            message: textOrNull(message),
            rows: Number(row_count),
            tickets: Number(ticket_count),
          },
        ]
      : [],
  );
  const kinds = await database.count("SELECT count(*) FROM reason");
  const rows = await database.count("SELECT coalesce(sum(row_count), 0)::BIGINT FROM reason");
  const shown = reasons.reduce((sum, reason) => sum + reason.rows, 0);
  return { reasons, furtherReasons: { kinds: kinds - reasons.length, rows: rows - shown } };
}

/** The rate of the rows that chunks settled. Rows that the plan settled took no time and are left out. */
async function readRate(database: Database): Promise<ReportFacts["rate"]> {
  await database.run(`CREATE TEMP TABLE settling AS
    SELECT epoch_ms(TRY_CAST(settled_at AS TIMESTAMP)) AS settled_ms, outcome IN (${SUCCEEDED_SQL}) AS is_succeeded
    FROM result WHERE outcome IS NOT NULL`);
  const [span] = await database.all("SELECT min(settled_ms) AS first, max(settled_ms) AS last FROM settling");
  if (typeof span?.first !== "number" || typeof span.last !== "number") return undefined;
  const bucketMs = bucketWidthMs(span.last - span.first);
  const origin = Math.floor(span.first / bucketMs) * bucketMs;
  const found = await database.all(
    `SELECT (settled_ms - ${origin}) // ${bucketMs} AS bucket, count(*) FILTER (is_succeeded) AS succeeded,
       count(*) FILTER (NOT is_succeeded) AS other FROM settling WHERE settled_ms IS NOT NULL GROUP BY bucket`,
  );
  const buckets: RateBucket[] = Array.from({ length: Math.floor((span.last - origin) / bucketMs) + 1 }, (_, index) => ({
    startMs: origin + index * bucketMs,
    succeeded: 0,
    other: 0,
  }));
  for (const { bucket, succeeded, other } of found) {
    const target = buckets[Number(bucket)];
    if (target) Object.assign(target, { succeeded: Number(succeeded), other: Number(other) });
  }
  return { bucketMs, buckets };
}

function bucketWidthMs(spanMs: number): number {
  const atLeast = spanMs / SECOND_MS / (MAX_BUCKETS - 1);
  const seconds = BUCKET_SECONDS.find((width) => width >= atLeast) ?? Math.ceil(atLeast / 86_400) * 86_400;
  return seconds * SECOND_MS;
}

/** Response times by call, not by row: one call may create up to three associations. */
async function readLatency(database: Database): Promise<ReportFacts["latency"]> {
  await database.run(`CREATE TEMP TABLE call AS
    SELECT any_value(elapsed_ms) AS ms FROM result WHERE elapsed_ms IS NOT NULL
    GROUP BY coalesce(request_id, 'row ' || "row"::VARCHAR)`);
  // Times have tenths of a millisecond, so there are few of them. The database's quantiles would need all in memory.
  await database.run(`CREATE TEMP TABLE call_time AS
    SELECT ms, calls, sum(calls) OVER (ORDER BY ms)::BIGINT AS up_to FROM (SELECT ms, count(*) AS calls FROM call GROUP BY ms)`);
  const calls = await database.count("SELECT coalesce(max(up_to), 0)::BIGINT FROM call_time");
  if (calls === 0) return undefined;
  const [facts] = await database.all(
    `SELECT ${[0.5, 0.95, 0.99].map((part) => `min(ms) FILTER (up_to >= ${part * calls}) AS p${part * 100}`).join(", ")}
     FROM call_time`,
  );
  // All times below a millisecond share one bucket.
  const found = await database.all(
    `SELECT floor(log10(greatest(ms, 1)) * ${BUCKETS_PER_DECADE} + 1e-9)::INTEGER AS bucket, sum(calls)::BIGINT AS calls
     FROM call_time GROUP BY bucket ORDER BY bucket`,
  );
  return {
    calls,
    p50: Number(facts?.p50),
    p95: Number(facts?.p95),
    p99: Number(facts?.p99),
    buckets: found.map(({ bucket, calls }) => ({
      fromMs: 10 ** (Number(bucket) / BUCKETS_PER_DECADE),
      toMs: 10 ** ((Number(bucket) + 1) / BUCKETS_PER_DECADE),
      calls: Number(calls),
    })),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
