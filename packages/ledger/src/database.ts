import { availableParallelism, totalmem } from "node:os";
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from "@duckdb/node-api";
import { LedgerError } from "./ledger-error.ts";

/**
 * What DuckDB may hold in memory, in MB; the rest spills to the disk. The process holds about 200 MB more. A statement
 * that does not fit is run again with twice as much, up to {@link MOST_MEMORY_MB}, then on one thread, and only then with
 * what the machine can spare.
 */
const MEMORY_LIMIT_MB = 128;
const MOST_MEMORY_MB = 320;

/** Freed memory above this goes back to the system; the default, 128 MB, is as much as the limit itself. */
const FLUSH_THRESHOLD = "1MB";

/** A value of a result: texts and numbers are all that is asked for. */
export type Cell = string | number | null;

type Values = Record<string, string | number>;

export interface Database {
  readonly connection: DuckDBConnection;
  run(sql: string, values?: Values): Promise<void>;
  /** All rows; for small results. */
  all(sql: string, values?: Values): Promise<Record<string, Cell>[]>;
  /** The one number of a query that returns one. */
  count(sql: string, values?: Values): Promise<number>;
  /** Rows of a query with an order, as they come, by column position, in pieces of some thousand; memory stays bounded. */
  stream(sql: string, values?: Values): AsyncGenerator<Cell[][]>;
  /** Changes what it may hold, in MB; as at the beginning, a statement that does not fit gets more. */
  limitMemory(megabytes: number): Promise<void>;
  close(): void;
}

/**
 * Opens an empty database in memory that spills into a folder. Its methods throw `memory` where a statement needs more
 * than `lastResortMb`. A transaction must not be open: a statement that runs out of memory ends it.
 */
export async function openDatabase(
  spillFolder: string,
  memoryLimitMb = MEMORY_LIMIT_MB,
  lastResortMb = lastResortMemoryMb(),
): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${memoryLimitMb}MB`,
    temp_directory: spillFolder,
    allocator_flush_threshold: FLUSH_THRESHOLD,
    allocator_bulk_deallocation_flush_threshold: FLUSH_THRESHOLD,
    threads: String(Math.min(4, availableParallelism())),
    // What is needed is linked in; nothing is ever fetched.
    autoinstall_known_extensions: "false",
  });
  const connection = await instance.connect();
  let limitMb = memoryLimitMb;
  let isAlone = false;

  async function withMemory<T>(run: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        await takeMore(error);
      }
    }
  }

  /** Throws the error again where more memory does not help, and one of our own where there is no more. */
  async function takeMore(cause: unknown): Promise<void> {
    if (!isOutOfMemory(cause)) throw cause;
    if (limitMb < MOST_MEMORY_MB) return limitMemory(Math.min(limitMb * 2, MOST_MEMORY_MB));
    if (!isAlone) {
      // Each thread holds some thousand values of its own.
      isAlone = true;
      await connection.run("SET threads = 1");
    } else if (limitMb < lastResortMb) await limitMemory(Math.min(limitMb * 2, lastResortMb));
    else throw tooLittleMemory(limitMb, cause);
  }

  async function limitMemory(megabytes: number): Promise<void> {
    try {
      await connection.run(`SET memory_limit = '${megabytes}MB'`);
      limitMb = megabytes;
    } catch (error) {
      // Less than what it holds and cannot put on the disk; then the limit stays as it was.
      if (!isOutOfMemory(error)) throw error;
    }
  }

  const database: Database = {
    connection,
    async run(sql, values) {
      await withMemory(() => connection.run(sql, values));
    },
    async all(sql, values) {
      const rows = (await withMemory(() => connection.runAndReadAll(sql, values))).getRowObjects();
      return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellOf(value)])));
    },
    async count(sql, values) {
      const [row] = (await withMemory(() => connection.runAndReadAll(sql, values))).getRows();
      return Number(row?.[0] ?? 0);
    },
    async *stream(sql, values) {
      let given = 0;
      for (;;) {
        // Where memory runs out on the way, the query is run again up to the rows that were handed over.
        let toSkip = given;
        try {
          const result = await connection.stream(sql, values);
          for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
            const skipped = Math.min(toSkip, chunk.rowCount);
            toSkip -= skipped;
            if (skipped === chunk.rowCount) continue;
            given += chunk.rowCount - skipped;
            yield chunk.convertRows(cellOf).slice(skipped);
          }
          return;
        } catch (error) {
          await takeMore(error);
        }
      }
    },
    limitMemory,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
  return database;
}

/**
 * What very long values may take where nothing less is enough: they are worked at in some thousands, and a thousand of a MiB
 * fill a GiB. Half of what the machine or the container has.
 */
function lastResortMemoryMb(): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return Math.max(MOST_MEMORY_MB, Math.floor(bytes / 2e6));
}

function tooLittleMemory(limitMb: number, cause: unknown): LedgerError {
  return new LedgerError(
    "memory",
    `${limitMb} MB of memory are too little for this. Most often some values are very long: leave their column out, or divide the file.`,
    { cause },
  );
}

/** Also of what the database's own appenders throw. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof LedgerError) return error.code === "memory";
  return error instanceof Error && error.message.startsWith("Out of Memory Error");
}

function cellOf(value: DuckDBValue): Cell {
  if (typeof value === "string" || typeof value === "number" || value === null) return value;
  if (typeof value === "bigint") return Number(value);
  throw new TypeError("A query asked for something that is neither text nor number.");
}

/** A text as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The rows of files on this disk, as an SQL expression: no path is taken for a pattern, and no folder on the way named
 * `key=value` for a column of that name.
 *
 * @param options further arguments of DuckDB's reader
 */
export function filesSql(
  reader: "read_csv" | "read_json" | "read_parquet",
  paths: readonly string[],
  options: string,
): string {
  const files = paths.map((path) => sqlText(path.replaceAll(/[[*?]/g, "[$&]")));
  return `${reader}([${files.join(", ")}], hive_partitioning = false, ${options})`;
}
