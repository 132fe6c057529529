import { createHash } from "node:crypto";
import { readPieces } from "../store/read-pieces.ts";

export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Returns the number and the SHA-256 of the bytes of a stream. */
export async function sumOf(source: AsyncIterable<Uint8Array>): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of source) {
    hash.update(piece);
    bytes += piece.byteLength;
  }
  return { bytes, sha256: hash.digest("hex") };
}

export function sumFile(file: string): Promise<{ bytes: number; sha256: string }> {
  return sumOf(readPieces(file));
}
