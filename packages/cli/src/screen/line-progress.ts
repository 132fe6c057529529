import type { Output } from "../output.ts";
import { openLiveLines, type LiveLines } from "./live-lines.ts";

/** Time between lines if there is no terminal. */
const LINE_EVERY_MS = 10_000;
const REFRESH_MS = 200;

/** Shows progress in one line: refreshed on a terminal, else printed every ten seconds. */
export class LineProgress {
  readonly #output: Output;
  readonly #line: LiveLines | undefined;
  #lastAt = performance.now();

  private constructor(output: Output, line: LiveLines | undefined) {
    this.#output = output;
    this.#line = line;
  }

  static async open(output: Output): Promise<LineProgress> {
    return new LineProgress(output, await openLiveLines(output));
  }

  show(text: () => string): void {
    if (this.#output.isQuiet || performance.now() - this.#lastAt < (this.#line ? REFRESH_MS : LINE_EVERY_MS)) return;
    this.#lastAt = performance.now();
    if (this.#line) this.#line(text());
    else this.#output.note(text());
  }

  /** Removes the line: the result replaces it. */
  close(): void {
    this.#line?.clear();
    this.#line?.done();
  }
}
