import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { sqlText, type Database } from "../../database.ts";
import { createWriteBehind } from "../../store/write-behind.ts";
import { cutTexts } from "./cut-texts.ts";
import type { LaneRange } from "../lane-rows.ts";
import { findMirroredRows } from "../mirrored-rows.ts";

/** A lane has at most {@link MAX_CHUNKS_PER_LANE} chunks: those of a very large batch have more tickets. */
export const TICKETS_PER_CHUNK = 1_500;

/** The state of a batch has an entry for each chunk that waits for another round, and Temporal limits its size. */
const MAX_CHUNKS_PER_LANE = 160;

export interface Chunked {
  /** The number of chunks by lane. */
  chunks: Record<string, number>;
  tickets: number;
}

interface ChunkOptions {
  ticketsPerChunk: number;
  batchFolder: string;
  checksums: Map<string, string>;
  /** Marks the rows that would be duplicates on a symmetric API. */
  withMirrors: boolean;
}

/**
 * Writes the rows of `lane_row` as chunks. All rows of a ticket are in one chunk. The tickets of a lane keep their
 * order and are spread evenly over its chunks. The database makes the texts: it takes more than twice as long to make
 * them from single rows in Node.
 */
export async function writeChunks(
  database: Database,
  ranges: readonly LaneRange[],
  options: ChunkOptions,
): Promise<Chunked> {
  const { ticketsPerChunk, batchFolder, checksums, withMirrors } = options;
  const hasMirrors = withMirrors && (await findMirroredRows(database, "lane_row")) > 0;
  const folder = join(batchFolder, "chunks");
  await mkdir(folder);
  const all: Chunked = { chunks: {}, tickets: 0 };
  const files = createWriteBehind();
  let cutting: Promise<void> = Promise.resolve();
  for (const [part, { condition }] of ranges.entries()) {
    const lanes = (await sortTickets(database, condition, hasMirrors)).map(({ lane, tickets }) => ({
      lane,
      tickets,
      chunks: Math.min(Math.ceil(tickets / ticketsPerChunk), MAX_CHUNKS_PER_LANE),
    }));
    for (const { lane, tickets, chunks } of lanes) {
      all.chunks[lane] = chunks;
      all.tickets += tickets;
    }
    const path = join(batchFolder, `chunk-texts-${part}`);
    await database.run(
      `COPY (${partsSql(hasMirrors)}) TO ${sqlText(path)} (FORMAT csv, HEADER false, DELIMITER '', QUOTE '', ESCAPE '')`,
    );
    // The texts are cut one at a time, while the database makes the next. The next `await` throws a failure.
    await cutting;
    cutting = cutTexts(path, lanes, { folder, files, checksums });
    cutting.catch(() => undefined);
  }
  await cutting;
  await files.finish();
  return all;
}

/**
 * Fills the table `sorted_row` with the rows of some lanes in the order of the chunks. Returns the lanes that have
 * rows, in order.
 */
async function sortTickets(
  database: Database,
  condition: string,
  hasMirrors: boolean,
): Promise<{ lane: string; tickets: number }[]> {
  await database.run(
    `CREATE OR REPLACE TEMP TABLE first_and_last AS
     SELECT lane, case_id, min("row") AS first_row, max("row") AS last_row
     FROM lane_row WHERE ${condition} GROUP BY lane, case_id`,
  );
  await database.run(
    `CREATE OR REPLACE TEMP TABLE sorted_row AS
     SELECT r."row", r.case_id, r.grp, r.related_id, t.first_row, t.last_row${hasMirrors ? ", m.mirror_of" : ""}
     FROM lane_row r JOIN first_and_last t USING (case_id) ${hasMirrors ? 'LEFT JOIN mirrored_row m USING ("row")' : ""}
     WHERE r.${condition} ORDER BY t.lane, t.first_row, r."row"`,
  );
  const counts = await database.all("SELECT lane, count(*) AS tickets FROM first_and_last GROUP BY lane ORDER BY lane");
  return counts.map(({ lane, tickets }) => ({ lane: String(lane), tickets: Number(tickets) }));
}

/** Makes the line of a `ChunkTicket` in parts, one for each of its rows, which {@link cutTexts} joins. */
function partsSql(hasMirrors: boolean): string {
  const mirror = hasMirrors ? `CASE WHEN mirror_of IS NULL THEN '' ELSE concat(',"mirror_of":', mirror_of) END,` : "";
  return `
  SELECT concat(
    CASE WHEN "row" = first_row
      THEN concat('{"ticket":', to_json(case_id), ',"group":', to_json(grp), ',"rows":[') ELSE ',' END,
    '{"row":', "row", ',"related":', to_json(related_id), ${mirror} '}',
    CASE WHEN "row" = last_row THEN ']}' ELSE '' END)
  FROM sorted_row`;
}
