/** The number of starts that are remembered. A power of two. */
const REMEMBERED = 1_024;

/** The last requests in the order of their starts, and which of them failed. */
export class FailureWindow {
  readonly #failed = new Uint8Array(REMEMBERED);
  #count = 0;

  /** Starts so far. */
  get count(): number {
    return this.#count;
  }

  /** The number of the next start. */
  next(): number {
    this.#failed[this.#count % REMEMBERED] = 0;
    return this.#count++;
  }

  /** Records the failure of a request. False if it started too long ago to be counted. */
  recordFailure(start: number): boolean {
    if (this.#count - start > REMEMBERED) return false;
    this.#failed[start % REMEMBERED] = 1;
    return true;
  }

  /** The most failures in any `starts` consecutive requests that include this one. */
  mostFailuresAround(start: number, starts: number): number {
    const first = Math.max(0, start - starts + 1, this.#count - REMEMBERED);
    const end = Math.min(start + starts, this.#count);
    let failures = 0;
    let most = 0;
    for (let at = first; at < end; at++) {
      failures += this.#at(at);
      if (at - starts >= first) failures -= this.#at(at - starts);
      most = Math.max(most, failures);
    }
    return most;
  }

  clear(): void {
    this.#failed.fill(0);
  }

  #at(start: number): number {
    return this.#failed[start % REMEMBERED] ?? 0;
  }
}
