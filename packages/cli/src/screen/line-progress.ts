import { createLogUpdate } from "log-update";
import type { Output } from "../output.ts";

/** Time between lines if there is no terminal. */
const LINE_EVERY_MS = 10_000;
const REFRESH_MS = 200;

/** Shows progress in one line: refreshed on a terminal, else printed every ten seconds. */
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

  /** Removes the line: the result replaces it. */
  close(): void {
    this.#line.clear();
    this.#line.done();
  }
}
