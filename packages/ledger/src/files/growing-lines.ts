import { createHash } from "node:crypto";
import { formatJsonLine, formatJsonLines, formatSeal } from "./json-lines.ts";

const FIRST_BYTES = 16_384;
/** A character of a string takes at most this many bytes in UTF-8. */
const BYTES_PER_CHARACTER = 3;

/**
 * The lines of a file that is stored again and again while it grows. A line that was added never changes, so it is formatted
 * and hashed once, and it is kept as bytes outside of V8's heap.
 */
export class GrowingLines<Value extends object> {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  readonly #hash = createHash("sha256");

  add(value: Value): void {
    const line = formatJsonLine(value);
    this.#makeRoom(line.length * BYTES_PER_CHARACTER);
    const end = this.#length + this.#bytes.write(line, this.#length);
    this.#hash.update(this.#bytes.subarray(this.#length, end));
    this.#length = end;
  }

  /** The file: the lines so far, then `last`, which may differ each time, then the SHA-256 of both. */
  seal(last: readonly Value[] = []): Uint8Array {
    const lines = Buffer.from(formatJsonLines(last));
    const sha256 = this.#hash.copy().update(lines).digest("hex");
    return Buffer.concat([this.#bytes.subarray(0, this.#length), lines, Buffer.from(formatSeal(sha256))]);
  }

  #makeRoom(bytes: number): void {
    const least = this.#length + bytes;
    if (least <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(least, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
