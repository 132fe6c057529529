import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { sqlText, type Database } from "../database.ts";
import { syncFile } from "../store/atomic-file.ts";

/** Rows of one file: few enough to sort in memory. */
const ROWS_PER_FILE = 250_000;

/** Writes every row, with what the plan settled, in row order, as `rows/00000.jsonl` and so on. */
export async function writeRows(database: Database, rowCount: number, batchFolder: string): Promise<void> {
  const folder = join(batchFolder, "rows");
  await mkdir(folder);
  for (let index = 0; index * ROWS_PER_FILE < rowCount; index++) {
    const path = join(folder, `${String(index).padStart(5, "0")}.jsonl`);
    const first = index * ROWS_PER_FILE + 1;
    const range = `BETWEEN ${first} AND ${first + ROWS_PER_FILE - 1}`;
    await database.run(
      `COPY (
         SELECT i."row", i.line, i.file, i.case_id, i.related_id, i.group_id, i.other::JSON AS other, s.outcome, s.reason
         FROM input i LEFT JOIN (SELECT * FROM settled WHERE "row" ${range}) s USING ("row")
         WHERE i."row" ${range} ORDER BY i."row"
       ) TO ${sqlText(path)} (FORMAT json)`,
    );
    await syncFile(path);
  }
}
