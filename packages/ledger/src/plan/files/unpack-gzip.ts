import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { errorCode } from "@caselink/common";
import { InputError } from "../../ledger-error.ts";

/** Unpacked sizes up to this are allowed at any ratio. */
const USUAL_SIZE = 2 ** 30;
/** Above {@link USUAL_SIZE}, a higher ratio of unpacked to packed bytes is an attempt to fill the disk. */
const GREATEST_RATIO = 250;

/** Unpacks all members of a gzip file, in bounded memory. Throws `InputError` if it is cut short or damaged. */
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
    await pipeline(createReadStream(path), createGunzip(), bounded, createWriteStream(target, { flags: "wx" }));
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (!code.startsWith("Z_")) throw error;
    const reason = code === "Z_BUF_ERROR" ? "is cut short" : "is damaged";
    throw unpackError(name, `is a gzip file that ${reason}`, "Copy or compress it again.", error);
  }
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
