import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { sqlText, type Database } from "../../database.ts";
import { sumFile } from "../../files/checksum.ts";
import { syncFile } from "../../store/atomic-file.ts";
import { createWriteBehind } from "../../store/write-behind.ts";

/** The rows of one file: few enough to be sorted in memory. */
const ROWS_PER_FILE = 250_000;

/**
 * Writes all rows of `input`, with the outcomes that the plan settled, in row order, as `rows/00000.jsonl` and so on.
 */
export async function writeRows(
  database: Database,
  rowCount: number,
  { batchFolder, checksums }: { batchFolder: string; checksums: Map<string, string> },
): Promise<void> {
  const folder = join(batchFolder, "rows");
  await mkdir(folder);
  const settled = await database.all(`SELECT DISTINCT ("row" - 1) // ${ROWS_PER_FILE} AS index FROM settled`);
  const withSettled = new Set(settled.map(({ index }) => Number(index)));
  const files = createWriteBehind();
  for (let index = 0; index * ROWS_PER_FILE < rowCount; index++) {
    const name = `${String(index).padStart(5, "0")}.jsonl`;
    const path = join(folder, name);
    const first = index * ROWS_PER_FILE + 1;
    const range = `BETWEEN ${first} AND ${first + ROWS_PER_FILE - 1}`;
    if (withSettled.has(index)) await database.run(joinRows(range));
    await database.run(
      `COPY (${withSettled.has(index) ? JOINED_ROWS : plainRows(range)}) TO ${sqlText(path)} (FORMAT json)`,
    );
    await files.add(async () => {
      await syncFile(path);
      checksums.set(`rows/${name}`, (await sumFile(path)).sha256);
    });
  }
  await files.finish();
}

const COLUMNS = `i."row", i.line, i.file, i.case_id, i.related_id, i.group_id, i.other::JSON AS other`;

const JOINED_ROWS = "SELECT * FROM joined_row";

/**
 * Sorts in a table, because a join loses the order. Sorting while the file is written needs more memory and twice the
 * time.
 */
function joinRows(range: string): string {
  return `CREATE OR REPLACE TEMP TABLE joined_row AS SELECT ${COLUMNS}, s.outcome, s.reason
    FROM input i LEFT JOIN (SELECT * FROM settled WHERE "row" ${range}) s USING ("row")
    WHERE i."row" ${range} ORDER BY i."row"`;
}

/** Needs no sorting: the table is in row order, and a plain scan keeps that. */
function plainRows(range: string): string {
  return `SELECT ${COLUMNS}, NULL AS outcome, NULL AS reason FROM input i WHERE i."row" ${range}`;
}
