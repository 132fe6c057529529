import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { errorCode } from "@caselink/common";
import { InputError } from "../../ledger-error.ts";

/** Unpacked sizes up to this are taken whatever they came from. */
const USUAL_SIZE = 2 ** 30;
/** Beyond that, a table that packs better than this is none, but made to fill the disk. */
const GREATEST_RATIO = 250;

/** Unpacks a gzip file, all members of it, in bounded memory. Throws `InputError` where it is cut short or damaged. */
export async function unpackGzip(name: string, path: string, bytes: number, target: string): Promise<void> {
  const mostBytes = Math.max(USUAL_SIZE, bytes * GREATEST_RATIO);
  let unpacked = 0;
  async function* bounded(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      unpacked += chunk.length;
      if (unpacked > mostBytes) {
        throw refusal(name, "unpacks to far more than a table can", "If it really is one, unpack it first.");
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
    throw refusal(name, `is a gzip file that ${reason}`, "Copy or compress it again.", error);
  }
}

function refusal(name: string, reason: string, advice: string, cause?: unknown): InputError {
  return new InputError(
    `${name} ${reason}. ${advice}`,
    [{ severity: "error", file: name, line: 1, value: "", reason, advice }],
    {
      cause,
    },
  );
}
