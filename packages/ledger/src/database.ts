import { availableParallelism, totalmem } from "node:os";
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from "@duckdb/node-api";
import { LedgerError } from "./ledger-error.ts";

/**
 * DuckDB's memory limit in MB; it spills the rest to the disk. The process needs about 200 MB more. A statement that
 * exceeds the limit is run again with twice as much, up to {@link MOST_MEMORY_MB}, then on one thread, then with up to
 * half of the machine's memory.
 */
const MEMORY_LIMIT_MB = 128;
const MOST_MEMORY_MB = 320;

/** DuckDB gives each thread this many rows of a table: for fewer, a second thread is only started and stopped. */
export const SMALL_ROWS = 122_880;

/** Freed memory above this is returned to the system. The default, 128 MB, is as much as the limit itself. */
const FLUSH_THRESHOLD = "1MB";

/** A value of a result. Queries ask only for texts and numbers. */
export type Cell = string | number | null;

type Values = Record<string, string | number>;

export interface Database {
  readonly connection: DuckDBConnection;
  run(sql: string, values?: Values): Promise<void>;
  /** Returns all rows, for small results. */
  all(sql: string, values?: Values): Promise<Record<string, Cell>[]>;
  /** Returns the number that the query selects. */
  count(sql: string, values?: Values): Promise<number>;
  /** Yields the rows of a query with an order, by column position, in pieces of some thousand, in bounded memory. */
  stream(sql: string, values?: Values): AsyncGenerator<Cell[][]>;
  /** Changes the memory limit, in MB. Later statements can raise it again, as at the beginning. */
  limitMemory(megabytes: number): Promise<void>;
  close(): void;
}

export interface DatabaseOptions {
  /** The memory limit at the beginning, in MB. Default: 128. */
  memoryLimitMb?: number;
  /** The highest memory limit, in MB. Default: half of the machine's memory. */
  lastResortMb?: number;
  /** True for less than {@link SMALL_ROWS} rows, which one thread processes with less processor time. */
  isSmall?: boolean;
}

/**
 * Opens an empty database in memory that spills into a folder. Its methods throw `memory` if a statement needs more
 * than `lastResortMb`. No transaction may be open: a statement that runs out of memory ends it.
 */
export async function openDatabase(
  spillFolder: string,
  { memoryLimitMb = MEMORY_LIMIT_MB, lastResortMb = lastResortMemoryMb(), isSmall = false }: DatabaseOptions = {},
): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${memoryLimitMb}MB`,
    temp_directory: spillFolder,
    allocator_flush_threshold: FLUSH_THRESHOLD,
    allocator_bulk_deallocation_flush_threshold: FLUSH_THRESHOLD,
    threads: String(isSmall ? 1 : Math.min(4, availableParallelism())),
    // The extensions that are needed are built in. DuckDB must not download any.
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

  /** Raises the limit. Rethrows an error that is not about memory, and throws `memory` if there is no more. */
  async function takeMore(cause: unknown): Promise<void> {
    if (!isOutOfMemory(cause)) throw cause;
    if (limitMb < MOST_MEMORY_MB) return limitMemory(Math.min(limitMb * 2, MOST_MEMORY_MB));
    if (!isAlone) {
      // Each thread needs memory for some thousand values.
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
      // The new limit is below the memory that it cannot spill. The old limit stays.
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
        // If memory runs out, the query is run again, and the rows that were already yielded are skipped.
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
 * Returns the last resort for very long values: half of the memory of the machine or container. DuckDB processes some
 * thousand values at a time, and a thousand values of 1 MiB fill 1 GiB.
 */
function lastResortMemoryMb(): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return Math.max(MOST_MEMORY_MB, Math.floor(bytes / 2e6));
}

function tooLittleMemory(limitMb: number, cause: unknown): LedgerError {
  return new LedgerError(
    "memory",
    `${limitMb} MB of memory are not enough. The usual cause is very long values: leave their column out, or split the file.`,
    { cause },
  );
}

/** Returns whether an error of the database, or of one of its appenders, is about memory. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof LedgerError) return error.code === "memory";
  return error instanceof Error && error.message.startsWith("Out of Memory Error");
}

function cellOf(value: DuckDBValue): Cell {
  if (typeof value === "string" || typeof value === "number" || value === null) return value;
  if (typeof value === "bigint") return Number(value);
  throw new TypeError("A query returned a value that is neither text nor number.");
}

/** Returns a path of which no character acts as a pattern. */
export function literalPath(path: string): string {
  return path.replaceAll(/[[*?]/g, "[$&]");
}

/** Returns a text as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Returns an SQL expression for the rows of local files. Characters of a path never act as a pattern, and a folder
 * named `key=value` does not add a column.
 *
 * @param options further arguments of DuckDB's reader
 */
export function filesSql(
  reader: "read_csv" | "read_json" | "read_parquet",
  paths: readonly string[],
  options: string,
): string {
  const files = paths.map((path) => sqlText(literalPath(path)));
  return `${reader}([${files.join(", ")}], hive_partitioning = false, ${options})`;
}
