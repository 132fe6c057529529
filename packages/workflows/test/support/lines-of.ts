import type { ChunkFile } from "@caselink/ledger";

/** The values of a chunk's file, without the seal. */
export function linesOf<Line>(file: ChunkFile<Line>): Line[] {
  if (!(file instanceof Uint8Array)) return [...file];
  const lines = Buffer.from(file).toString().split("\n").slice(0, -2);
  return lines.map((line) => JSON.parse(line) as Line);
}
