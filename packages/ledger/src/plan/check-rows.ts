import { join } from "node:path";
import type { BatchCounts, BatchRecord } from "../batch/batch-record.ts";
import { isOutOfMemory, openDatabase, SMALL_ROWS, type Database } from "../database.ts";
import type { StagingFolder } from "../store/store.ts";
import type { ColumnMap } from "./columns/column-map.ts";
import { findErrors, firstErrors } from "./checks/find-errors.ts";
import { findWarnings } from "./checks/find-warnings.ts";
import { findSecondGroups } from "./checks/find-second-groups.ts";
import type { InputFile } from "./files/input-file.ts";
import { createLaneRows } from "./lane-rows.ts";
import type { PlanFindings, CompleteRequest } from "./plan-request.ts";
import { readInputs } from "./readers/read-inputs.ts";
import type { ErrorCollector } from "./input-errors.ts";
import { screenTickets } from "./checks/screen-tickets.ts";
import { findCrowdedRelated } from "./checks/find-crowded-related.ts";
import { settleRows } from "./checks/settle-rows.ts";
import { tooLongValues } from "./too-long-values.ts";
import { rejectsFormat, type RejectsRequest } from "./rejects/write-rejects.ts";

const SHOWN_ERRORS = 20;
/** The database's memory limits in MB: while rows are checked, and while they are written. */
interface MemoryLimits {
  check: number;
  write: number;
}
/** For up to a million rows. More memory does not make writing faster, and the writers need memory, too. */
const SMALL: MemoryLimits = { check: 64, write: 40 };
const MIDDLE: MemoryLimits = { check: 128, write: 128 };
/** For many million rows: rows in memory need not be written to the disk and read again. */
const LARGE: MemoryLimits = { check: 320, write: 320 };

/** Facts about the inputs that the tables `input`, `row_error` and `settled` do not hold. */
export interface CheckedTables {
  rows: number;
  rejects: RejectsRequest;
}

/** A row with short ids, in a text file. */
const SHORTEST_ROW_BYTES = 10;

/** The parts of a request that decide about rows. */
type RowOptions = Pick<CompleteRequest, "groupId" | "overLimit"> & {
  columnMap: ColumnMap;
  /** Whether an association counts on both tickets. Undefined: not known. */
  symmetric: boolean | undefined;
};

interface CheckedRows<Written> extends PlanFindings {
  counts: BatchCounts;
  columns: BatchRecord["columns"];
  written: Written;
}

/** The inputs of a plan that could be opened, and the errors of the others. */
export interface OpenedInputs {
  inputs: readonly InputFile[];
  errorCollector: ErrorCollector;
}

/**
 * Reads the inputs, finds all errors and settles the rows that are not to be sent. The tables exist until `write` is
 * done. Throws the errors of all inputs as one.
 */
export async function checkRows<Written>(
  { inputs, errorCollector }: OpenedInputs,
  request: RowOptions,
  stage: StagingFolder,
  write: (database: Database, tables: CheckedTables) => Promise<Written>,
): Promise<CheckedRows<Written>> {
  const { groupId, columnMap, overLimit, symmetric } = request;
  const size = sizeOf(inputs);
  const limits = memoryLimits(size);
  const database = await openDatabase(join(stage.folder, "spill"), {
    memoryLimitMb: limits.check,
    isSmall: size.bytes < SMALL_ROWS * SHORTEST_ROW_BYTES,
  });
  try {
    const {
      rows,
      lines,
      columns,
      sources,
      names,
      warnings: read,
    } = await readInputs(database, inputs, request, errorCollector);
    const hints = await findErrors(database, groupId, { sources, names });
    const warnings = [...read, ...(await findWarnings(database, inputs, { sources, names }, hints))];
    const { tickets, suspicious } = await screenTickets(database, groupId);
    const ranges = suspicious > 0 ? await createLaneRows(database, groupId, "row_error", "suspicious_ticket") : [];
    const fileNames = inputs.map(({ name }) => name);
    await findSecondGroups(database, ranges, fileNames);
    const [errors, errorCount] = await firstErrors(database, SHOWN_ERRORS, names);
    const settled = await settleRows(database, ranges, { overLimit, fileNames, symmetric });
    const { duplicate, limit_reached, invalid } = settled;
    const crowded = symmetric === undefined ? await findCrowdedRelated(database, fileNames) : undefined;
    const counts = {
      rows,
      lines,
      tickets,
      to_send: rows - duplicate - limit_reached - invalid,
      tickets_to_send: tickets - settled.unsentTickets,
      duplicate,
      limit_reached,
      invalid,
    };
    await database.limitMemory(limits.write);
    const rejects = { invalid, sources, names, hasGroupId: groupId !== undefined, jsonKeys: columnMap.jsonKeys };
    const written = await write(database, { rows, rejects });
    return {
      counts,
      columns,
      errors,
      errorCount,
      warnings,
      ticketsOverLimit: settled.overLimit.tickets,
      ticketsOverLimitCount: settled.overLimit.count,
      crowdedRelated: crowded?.tickets ?? [],
      crowdedRelatedCount: crowded?.count ?? 0,
      rejectsFormat: rejectsFormat(sources),
      written,
    };
  } catch (error) {
    throw isOutOfMemory(error) ? await tooLongValues(database, inputs, error) : error;
  } finally {
    database.close();
  }
}

/** The size of the inputs as text, approximately. */
function sizeOf(inputs: readonly InputFile[]): { bytes: number; lines: number } {
  let bytes = 0;
  let lines = 0;
  for (const { format, facts } of inputs) {
    const isText = format !== "xlsx" && format !== "parquet";
    bytes += isText ? facts.bytes : facts.bytes * PACKED;
    // In binary formats, line feeds are chance.
    if (isText) lines += facts.lineFeeds;
  }
  return { bytes, lines };
}

/** Returns limits that are probably enough. If they are not, the database raises them itself. */
function memoryLimits({ bytes, lines }: { bytes: number; lines: number }): MemoryLimits {
  if (bytes < 64_000_000 && lines < 1_500_000) return SMALL;
  return bytes > 160_000_000 || lines > 4_000_000 ? LARGE : MIDDLE;
}

/** The size of an XLSX or Parquet file's text, divided by the file's size, approximately. */
const PACKED = 4;
