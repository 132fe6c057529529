/** A set of row numbers, as bits: ten million rows take 1.3 MB. */
export class RowSet {
  #bits = new Uint8Array(1024);

  add(row: number): void {
    if (row >> 3 >= this.#bits.length) {
      const bits = new Uint8Array((row >> 3) * 2);
      bits.set(this.#bits);
      this.#bits = bits;
    }
    this.#bits[row >> 3] = (this.#bits[row >> 3] ?? 0) | (1 << (row & 7));
  }

  has(row: number): boolean {
    return ((this.#bits[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }

  /** Yields the numbers in ascending order. */
  *[Symbol.iterator](): Generator<number> {
    for (const [index, byte] of this.#bits.entries()) {
      for (let bit = 0; byte >> bit > 0; bit++) if ((byte >> bit) & 1) yield index * 8 + bit;
    }
  }
}
