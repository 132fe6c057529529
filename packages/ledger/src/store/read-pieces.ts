import { open } from "node:fs/promises";

export const READ_SIZE = 1 << 18;

/** The bytes of a file in order, each piece in the same memory: it is good until the next one is asked for. */
export async function* readPieces(path: string): AsyncGenerator<Buffer> {
  const memory = Buffer.allocUnsafe(READ_SIZE);
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead } = await file.read(memory, 0, memory.length);
      if (bytesRead === 0) return;
      yield memory.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
