import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { chunkIdOf } from "../batch-id.ts";
import { sqlText, type Database } from "../database.ts";
import { writeSynced } from "../store/atomic-file.ts";
import { createWriteBehind, type WriteBehind } from "../store/write-behind.ts";
import type { LaneRange } from "./lane-rows.ts";

export const TICKETS_PER_CHUNK = 1_500;

export interface Chunked {
  /** Lane to number of chunks. */
  chunks: Record<string, number>;
  tickets: number;
}

/** Tickets whose text is made at once, in memory; each has three rows at most. */
const TICKETS_AT_ONCE = 20_000;

/**
 * Writes the rows of `lane_row` as chunks. A ticket's rows stay together; the tickets of a lane come in order of
 * appearance and are spread evenly over its chunks. The database makes a chunk's whole text: rows that come to Node one
 * by one take more than twice as long.
 */
export async function writeChunks(
  database: Database,
  ranges: readonly LaneRange[],
  options: { ticketsPerChunk: number; batchFolder: string },
): Promise<Chunked> {
  const folder = join(options.batchFolder, "chunks");
  await mkdir(folder);
  const all: Chunked = { chunks: {}, tickets: 0 };
  const files = createWriteBehind();
  let cutting: Promise<void> = Promise.resolve();
  let part = 0;
  const chunksAtOnce = Math.max(1, Math.floor(TICKETS_AT_ONCE / options.ticketsPerChunk));
  for (const { condition } of ranges) {
    const lanes = await placeTickets(database, condition, options.ticketsPerChunk);
    let mostChunks = 0;
    let tickets = 0;
    for (const lane of lanes) {
      all.chunks[lane.lane] = lane.chunks;
      tickets += lane.tickets;
      mostChunks = Math.max(mostChunks, lane.chunks);
    }
    all.tickets += tickets;
    const step = tickets <= TICKETS_AT_ONCE ? mostChunks : chunksAtOnce;
    for (let first = 0; first < mostChunks; first += step) {
      const path = join(options.batchFolder, `chunk-texts-${part++}`);
      const texts = chunkTexts(condition, first, first + step - 1);
      await database.run(
        `COPY (${texts}) TO ${sqlText(path)} (FORMAT csv, HEADER false, DELIMITER '', QUOTE '', ESCAPE '')`,
      );
      // One at a time, while the database makes the next.
      await cutting;
      cutting = cutTexts(path, folder, files);
    }
  }
  await cutting;
  await files.finish();
  return all;
}

/** Makes a file of its own of each chunk of {@link chunkTexts}. */
async function cutTexts(path: string, folder: string, files: WriteBehind): Promise<void> {
  const bytes = await readFile(path);
  await rm(path);
  for (let start = 0; start < bytes.length;) {
    const nameEnd = bytes.indexOf("\n", start);
    const end = bytes.indexOf("\n\n", nameEnd) + 1;
    const [lane = "", chunk] = bytes.toString("latin1", start, nameEnd).split(" ");
    const text = bytes.subarray(nameEnd + 1, end);
    await files.add(() => writeSynced(join(folder, `${chunkIdOf(lane, Number(chunk))}.jsonl`), text));
    start = end + 1;
  }
}

interface LaneCount {
  lane: string;
  tickets: number;
  chunks: number;
}

/** Fills the table `ticket` from some lanes with every ticket's chunk; returns the lanes that have any, in order. */
async function placeTickets(database: Database, condition: string, ticketsPerChunk: number): Promise<LaneCount[]> {
  await database.run(
    `CREATE OR REPLACE TEMP TABLE first_and_last AS
     SELECT lane, case_id, min("row") AS first_row, max("row") AS last_row
     FROM lane_row WHERE ${condition} GROUP BY lane, case_id`,
  );
  await database.run(
    `CREATE OR REPLACE TEMP TABLE lane_count AS
     SELECT lane, count(*) AS tickets, (count(*) + ${ticketsPerChunk - 1}) // ${ticketsPerChunk} AS chunks
     FROM first_and_last GROUP BY lane`,
  );
  // A chunk begins at a fraction, rounded: so the chunks of a lane differ by one ticket at most.
  await database.run(
    `CREATE OR REPLACE TEMP TABLE ticket AS
     WITH chunk_start AS (
       SELECT lane, chunk, floor(chunk * (tickets::DOUBLE / chunks) + 0.5)::BIGINT AS place
       FROM (SELECT *, unnest(range(chunks)) AS chunk FROM lane_count)),
     in_order AS (
       SELECT *, row_number() OVER (PARTITION BY lane ORDER BY first_row) - 1 AS place FROM first_and_last)
     SELECT t.lane, t.case_id, t.first_row, t.last_row, s.chunk
     FROM in_order t ASOF JOIN chunk_start s ON t.lane = s.lane AND t.place >= s.place`,
  );
  const counts = await database.all("SELECT lane, tickets, chunks FROM lane_count ORDER BY lane");
  return counts.map(({ lane, tickets, chunks }) => ({
    lane: String(lane),
    tickets: Number(tickets),
    chunks: Number(chunks),
  }));
}

/**
 * Each of some chunks as a text: a line that names it, then its lines of `ChunkTicket`. What is written ends each text with an
 * empty line, which is nowhere else: the values hold no control characters.
 */
function chunkTexts(condition: string, first: number, last: number): string {
  return `
    SELECT lane || ' ' || chunk || chr(10) || string_agg(part, '' ORDER BY first_row, "row") FROM (
      SELECT t.lane, t.chunk, t.first_row, r."row",
        CASE WHEN r."row" = t.first_row
          THEN '{"ticket":' || to_json(r.case_id) || ',"group":' || to_json(r.grp) || ',"rows":[' ELSE ',' END
        || '{"row":' || r."row" || ',"related":' || to_json(r.related_id) || '}'
        || CASE WHEN r."row" = t.last_row THEN ']}' || chr(10) ELSE '' END AS part
      FROM lane_row r JOIN (SELECT * FROM ticket WHERE chunk BETWEEN ${first} AND ${last}) t USING (case_id)
      WHERE r.${condition})
    GROUP BY lane, chunk`;
}
