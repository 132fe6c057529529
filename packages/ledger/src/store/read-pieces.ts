import { open } from "node:fs/promises";

export const READ_SIZE = 1 << 18;

/** Yields the bytes of a file in order. All pieces share one buffer: a piece is valid only until the next is requested. */
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
