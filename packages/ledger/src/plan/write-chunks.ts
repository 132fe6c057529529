import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chunkIdOf } from "../batch-id.ts";
import type { ChunkTicket } from "../chunk.ts";
import type { Database } from "../database.ts";
import { formatJsonLines } from "../json-lines.ts";
import { LANES, laneSql } from "../lane.ts";
import { writeSynced } from "../store/atomic-file.ts";
import { createWriteBehind } from "../store/write-behind.ts";
import { groupSql } from "./find-faults.ts";

export const TICKETS_PER_CHUNK = 640;

export interface Chunked {
  /** Lane to number of chunks. */
  chunks: Record<string, number>;
  tickets: number;
}

/** Rows that are sorted at once; of more, a part of the lanes at a time. */
const ROWS_AT_ONCE = 500_000;

/**
 * Writes the rows that are to be sent as chunks. A ticket's rows stay together; the tickets of a lane come in order
 * of appearance and are spread evenly over its chunks. Drops the table `input`.
 */
export async function writeChunks(
  database: Database,
  options: { ticketsPerChunk: number; groupId: string | undefined; batchFolder: string },
): Promise<Chunked> {
  const folder = join(options.batchFolder, "chunks");
  await mkdir(folder);
  await database.run(
    `CREATE TABLE sendable AS
     SELECT "row", case_id, related_id, ${groupSql(options.groupId)} AS grp, ${laneSql("case_id")} AS lane
     FROM input ANTI JOIN settled USING ("row")`,
  );
  await database.run("DROP TABLE input");
  const rowCount = await database.count("SELECT count(*) FROM sendable");
  const lanesAtOnce = Math.max(1, Math.floor((LANES.length * ROWS_AT_ONCE) / Math.max(rowCount, ROWS_AT_ONCE)));
  const all: Chunked = { chunks: {}, tickets: 0 };
  const files = createWriteBehind();
  for (let first = 0; first < LANES.length; first += lanesAtOnce) {
    const ticketCounts = await groupTickets(database, LANES.slice(first, first + lanesAtOnce));
    const sizes = new Map<string, number>();
    for (const [lane, count] of ticketCounts) {
      const chunkCount = Math.ceil(count / options.ticketsPerChunk);
      all.chunks[lane] = chunkCount;
      all.tickets += count;
      // A fraction, so that the chunks of a lane differ by one ticket at most.
      sizes.set(lane, count / chunkCount);
    }
    for await (const { chunkId, tickets } of cutChunks(rowsByTicket(database), sizes)) {
      await files.add(() => writeSynced(join(folder, `${chunkId}.jsonl`), formatJsonLines(tickets)));
    }
  }
  await files.finish();
  return all;
}

/** Fills the table `ticket` from some lanes; returns the number of tickets of each that has any, in order. */
async function groupTickets(database: Database, lanes: readonly string[]): Promise<[lane: string, count: number][]> {
  await database.run(
    `CREATE OR REPLACE TEMP TABLE ticket AS
     SELECT lane, case_id, min("row") AS first_row FROM sendable
     WHERE lane BETWEEN '${lanes[0]}' AND '${lanes.at(-1)}' GROUP BY lane, case_id`,
  );
  const counts = await database.all("SELECT lane, count(*) AS tickets FROM ticket GROUP BY lane ORDER BY lane");
  return counts.map(({ lane, tickets }) => [String(lane), Number(tickets)]);
}

interface SendableRow {
  lane: string;
  ticket: string;
  group: string;
  row: number;
  related: string;
}

/** Lane by lane, the rows of a ticket after each other, tickets in order of their first row. */
async function* rowsByTicket(database: Database): AsyncGenerator<SendableRow[]> {
  const rows = database.stream(
    `SELECT t.lane, case_id, grp, "row", related_id
     FROM sendable JOIN ticket t USING (case_id) ORDER BY t.lane, first_row, "row"`,
  );
  for await (const piece of rows) {
    yield piece.map(([lane, ticket, group, row, related]) => ({
      lane: String(lane),
      ticket: String(ticket),
      group: String(group),
      row: Number(row),
      related: String(related),
    }));
  }
}

interface Chunk {
  chunkId: string;
  tickets: ChunkTicket[];
}

/** `sizes`: tickets of a chunk by lane. */
async function* cutChunks(
  rowsInOrder: AsyncIterable<SendableRow[]>,
  sizes: ReadonlyMap<string, number>,
): AsyncGenerator<Chunk> {
  let current: { lane: string; index: number; size: number } | undefined;
  /** Tickets of the lane so far. */
  let place = 0;
  let tickets: ChunkTicket[] = [];
  for await (const rows of rowsInOrder) {
    for (const { lane, ticket, group, row, related } of rows) {
      const last = tickets.at(-1);
      if (last?.ticket === ticket) {
        last.rows.push({ row, related });
        continue;
      }
      const isFull = current !== undefined && place >= Math.round((current.index + 1) * current.size);
      if (current && (current.lane !== lane || isFull)) {
        yield { chunkId: chunkIdOf(current.lane, current.index++), tickets };
        tickets = [];
      }
      if (current?.lane !== lane) {
        current = { lane, index: 0, size: sizes.get(lane) ?? 1 };
        place = 0;
      }
      tickets.push({ ticket, group, rows: [{ row, related }] });
      place++;
    }
  }
  if (current) yield { chunkId: chunkIdOf(current.lane, current.index), tickets };
}
