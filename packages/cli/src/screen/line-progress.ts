import { createLogUpdate } from "log-update";
import type { Output } from "../output.ts";

/** Where nobody watches a terminal. */
const LINE_EVERY_MS = 10_000;
const REFRESH_MS = 200;

/** One line that says how far something is: refreshed on a terminal, elsewhere a line now and then. */
export class LineProgress {
  readonly #output: Output;
  readonly #line: ReturnType<typeof createLogUpdate>;
  #lastAt = Date.now();

  constructor(output: Output) {
    this.#output = output;
    this.#line = createLogUpdate(output.streams.stderr);
  }

  show(text: () => string): void {
    if (this.#output.isQuiet || Date.now() - this.#lastAt < (this.#output.isTerminal ? REFRESH_MS : LINE_EVERY_MS))
      return;
    this.#lastAt = Date.now();
    if (this.#output.isTerminal) this.#line(text());
    else this.#output.note(text());
  }

  /** Takes the line away: what follows says more. */
  close(): void {
    this.#line.clear();
    this.#line.done();
  }
}
