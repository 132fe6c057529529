import type { BatchProgress } from "@caselink/workflows";
import type { Output } from "../output.ts";
import { USUAL_COLUMNS } from "./format.ts";
import type { LiveLines } from "./live-lines.ts";
import { progressBlock, progressLine, type ProgressSample } from "./progress-screen.ts";
import { RecentRate } from "./recent-rate.ts";

/** Time between lines if there is no terminal. */
const LINE_EVERY_MS = 10_000;

export interface ProgressTexts {
  batchId: string;
  /** Names the batch and the API. */
  headline: string;
  /** Lines shown once, before the first progress. */
  opening: readonly string[];
  /** The last line of the block. */
  footer: string;
}

/** Shows the progress of a batch: a block that refreshes on a terminal, else a line every ten seconds. */
export class ProgressView {
  readonly #texts: ProgressTexts;
  readonly #output: Output;
  readonly #block: LiveLines | undefined;
  readonly #rate = new RecentRate();
  #lastLineAt = -Infinity;

  constructor(texts: ProgressTexts, output: Output, block: LiveLines | undefined) {
    this.#texts = texts;
    this.#output = output;
    this.#block = block;
  }

  show(progress: BatchProgress): void {
    const { batchId, headline, opening, footer } = this.#texts;
    const pulse: ProgressSample = { progress, ticketsPerSecond: this.#rate.add(progress.settledTickets) };
    if (this.#output.isQuiet) return;
    const isFirst = this.#lastLineAt === -Infinity;
    if (isFirst) for (const line of opening) this.#output.note(line);
    if (this.#block) {
      this.#lastLineAt = performance.now();
      this.#block(progressBlock(headline, pulse, footer, this.#output.streams.stderr.columns || USUAL_COLUMNS));
    } else if (performance.now() - this.#lastLineAt >= LINE_EVERY_MS) {
      if (isFirst) for (const line of [headline, footer]) this.#output.note(line);
      this.#lastLineAt = performance.now();
      this.#output.note(progressLine(batchId, pulse));
    }
  }

  /** Prints a line above the block. */
  print(text: string): void {
    this.#block?.clear();
    this.#output.note(text);
  }

  /** Ends the block. Keeps its last state on the screen unless `isOver`: the summary then replaces it. */
  close({ isOver }: { isOver: boolean }): void {
    if (isOver) this.#block?.clear();
    this.#block?.done();
  }
}
