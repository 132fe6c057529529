import { rm } from "node:fs/promises";
import { join } from "node:path";
import { chunkIdOf } from "../../batch/batch-id.ts";
import { sha256 } from "../../files/checksum.ts";
import { writeSynced } from "../../store/atomic-file.ts";
import { READ_SIZE, readPieces } from "../../store/read-pieces.ts";
import type { WriteBehind } from "../../store/write-behind.ts";

interface LaneChunks {
  lane: string;
  tickets: number;
  chunks: number;
}

interface ChunkTarget {
  folder: string;
  files: WriteBehind;
  /** Receives the SHA-256 of each chunk by its name below the batch's folder. */
  checksums: Map<string, string>;
}

const LINE_FEED = 10;
const COMMA = 44;

/**
 * Makes the chunks of some lanes from a file of their tickets, sorted by lane, and removes the file. In the file, the
 * line of a ticket is broken before each comma between two rows. No other line begins with a comma.
 */
export async function cutTexts(path: string, lanes: readonly LaneChunks[], target: ChunkTarget): Promise<void> {
  const lines = createLineJoiner();
  const sizes = chunkSizes(lanes);
  let next = sizes.next();
  async function write(): Promise<void> {
    if (next.done) return;
    const text = lines.take();
    const name = `${next.value.id}.jsonl`;
    target.checksums.set(`chunks/${name}`, sha256(text));
    await target.files.add(() => writeSynced(join(target.folder, name), text));
    next = sizes.next();
  }
  for await (const bytes of readPieces(path)) {
    let from = 0;
    while (from < bytes.length) {
      from = lines.push(bytes, from, next.done ? Infinity : next.value.tickets);
      if (from < bytes.length) await write();
    }
  }
  lines.end();
  await write();
  await rm(path);
}

/** Joins broken lines and collects them until there are as many as the next chunk needs. */
function createLineJoiner() {
  let text = Buffer.allocUnsafe(READ_SIZE);
  let length = 0;
  let count = 0;
  let isLineEnd = false;
  return {
    /** Returns the index where it stopped: after the last line that the chunk needs, or at the end of the bytes. */
    push(bytes: Buffer, from: number, most: number): number {
      if (length + bytes.length - from + 1 > text.length) {
        const larger = Buffer.allocUnsafe(2 * (length + bytes.length));
        text.copy(larger, 0, 0, length);
        text = larger;
      }
      // Local copies are faster: the loop runs for every byte of hundreds of megabytes.
      const target = text;
      let [end, lines, ended, index] = [length, count, isLineEnd, from];
      for (; index < bytes.length; index++) {
        const byte = bytes[index] ?? 0;
        if (ended) {
          ended = false;
          if (byte !== COMMA) {
            target[end++] = LINE_FEED;
            lines++;
            if (lines >= most) break;
          }
        }
        if (byte === LINE_FEED) ended = true;
        else target[end++] = byte;
      }
      [length, count, isLineEnd] = [end, lines, ended];
      return index;
    },
    end(): void {
      text[length++] = LINE_FEED;
      isLineEnd = false;
    },
    take(): Buffer {
      const taken = Buffer.from(text.subarray(0, length));
      length = 0;
      count = 0;
      return taken;
    },
  };
}

/** Yields the chunks of the lanes in order. The sizes within a lane differ by at most one ticket. */
function* chunkSizes(lanes: readonly LaneChunks[]) {
  for (const { lane, tickets, chunks } of lanes) {
    const startOf = (chunk: number) => Math.floor(chunk * (tickets / chunks) + 0.5);
    for (let chunk = 0; chunk < chunks; chunk++) {
      yield { id: chunkIdOf(lane, chunk), tickets: startOf(chunk + 1) - startOf(chunk) };
    }
  }
}
