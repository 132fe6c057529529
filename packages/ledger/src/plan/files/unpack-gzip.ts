import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { errorCode } from "@caselink/common";
import { InputError } from "../../ledger-error.ts";

/** Unpacked sizes up to this are allowed at any ratio. */
const USUAL_SIZE = 2 ** 30;
/** Above {@link USUAL_SIZE}, a higher ratio of unpacked to packed bytes is an attempt to fill the disk. */
const GREATEST_RATIO = 250;

/**
 * Unpacks all members of a gzip file, in bounded memory. Members may follow each other directly or after zero bytes,
 * with which tapes and block devices fill their blocks. Throws `InputError` if the file is cut short or damaged, or has
 * other bytes after a member.
 */
export async function unpackGzip(name: string, path: string, bytes: number, target: string): Promise<void> {
  const mostBytes = Math.max(USUAL_SIZE, bytes * GREATEST_RATIO);
  let unpacked = 0;
  async function* bounded(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      unpacked += chunk.length;
      if (unpacked > mostBytes) {
        throw unpackError(name, "unpacks to far more than any table", "If it is a table, unpack it first.");
      }
      yield chunk;
    }
  }
  try {
    // Node unpacks members that follow each other directly, and stops without an error at the first zero byte.
    for (let start = 0; start < bytes; start = await nextMember(path, start)) {
      const gunzip = createGunzip();
      const source = createReadStream(path, { start });
      // Not part of the pipeline, which fails if what unpacks closes before its source has ended.
      source.on("error", (error) => gunzip.destroy(error)).pipe(gunzip);
      const sink = createWriteStream(target, { flags: start === 0 ? "wx" : "a" });
      await pipeline(gunzip, bounded, sink).finally(() => source.destroy());
      start += gunzip.bytesWritten;
    }
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (!code.startsWith("Z_")) throw error;
    const reason = code === "Z_BUF_ERROR" ? "is cut short" : "is damaged";
    throw unpackError(name, `is a gzip file that ${reason}`, "Copy or compress it again.", error);
  }
}

/** Returns the position of the first byte from `start` that is not zero; the size of the file if there is none. */
async function nextMember(path: string, start: number): Promise<number> {
  let at = start;
  for await (const chunk of createReadStream(path, { start }) as AsyncIterable<Buffer>) {
    const used = chunk.findIndex((byte) => byte !== 0);
    if (used >= 0) return at + used;
    at += chunk.length;
  }
  return at;
}

function unpackError(name: string, reason: string, advice: string, cause?: unknown): InputError {
  return new InputError(
    `${name} ${reason}. ${advice}`,
    [{ severity: "error", file: name, line: 1, value: "", reason, advice }],
    {
      cause,
    },
  );
}
