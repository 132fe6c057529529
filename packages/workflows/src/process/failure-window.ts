/** The number of starts that are remembered. A power of two. */
const REMEMBERED = 1_024;

/** The last requests in the order of their starts: about which ticket, and their results. */
export class FailureWindow {
  readonly #tickets: string[] = [];
  readonly #results: (string | undefined)[] = [];
  #oldest = 0;
  #count = 0;

  /** The number of the next start. */
  next(ticket: string): number {
    this.#tickets[this.#count % REMEMBERED] = ticket;
    this.#results[this.#count % REMEMBERED] = undefined;
    return this.#count++;
  }

  /** False if it started too long ago to be counted. */
  record(start: number, result: "responded" | "failed"): boolean {
    if (start < this.#first) return false;
    this.#results[start % REMEMBERED] = result;
    return true;
  }

  isSameTicket(start: number, other: number): boolean {
    return this.#tickets[start % REMEMBERED] === this.#tickets[other % REMEMBERED];
  }

  /** Those of the ticket's newest `most` requests that got a response. */
  newestResponses(ticket: string, most: number): number[] {
    const newest: number[] = [];
    for (let at = this.#count - 1; at >= this.#first && newest.length < most; at--)
      if (this.#tickets[at % REMEMBERED] === ticket) newest.push(at);
    return newest.filter((start) => this.#results[start % REMEMBERED] === "responded");
  }

  /** The most failures in any `starts` consecutive requests that include this one. */
  mostFailuresAround(start: number, starts: number): number {
    const first = Math.max(this.#first, start - starts + 1);
    const end = Math.min(start + starts, this.#count);
    let failures = 0;
    let most = 0;
    for (let at = first; at < end; at++) {
      failures += this.#hasFailed(at);
      if (at - starts >= first) failures -= this.#hasFailed(at - starts);
      most = Math.max(most, failures);
    }
    return most;
  }

  /** Requests that have started so far count no more. */
  forget(): void {
    this.#oldest = this.#count;
  }

  get #first(): number {
    return Math.max(this.#oldest, this.#count - REMEMBERED);
  }

  #hasFailed(start: number): number {
    return this.#results[start % REMEMBERED] === "failed" ? 1 : 0;
  }
}
