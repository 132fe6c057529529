import type { BatchProgress } from "@caselink/workflows";
import { createLogUpdate } from "log-update";
import type { Output } from "../output.ts";
import { USUAL_COLUMNS } from "./format.ts";
import { progressBlock, progressLine, type Pulse } from "./progress-screen.ts";
import { RecentRate } from "./recent-rate.ts";

/** Where nobody watches a terminal. */
const LINE_EVERY_MS = 10_000;

export interface ProgressTexts {
  batchId: string;
  /** Names the batch and the API. */
  headline: string;
  /** Shown once, before the first picture. */
  opening: readonly string[];
  /** Stands below the block. */
  footer: string;
}

/** Shows how a batch goes: on a terminal one block that refreshes, elsewhere a line now and then. */
export class ProgressView {
  readonly #texts: ProgressTexts;
  readonly #output: Output;
  readonly #block: ReturnType<typeof createLogUpdate>;
  readonly #rate = new RecentRate();
  #lastLineAt = 0;

  constructor(texts: ProgressTexts, output: Output) {
    this.#texts = texts;
    this.#output = output;
    this.#block = createLogUpdate(output.streams.stderr);
  }

  show(progress: BatchProgress): void {
    const { batchId, headline, opening, footer } = this.#texts;
    const pulse: Pulse = { progress, ticketsPerSecond: this.#rate.note(progress.settledTickets) };
    if (this.#output.isQuiet) return;
    const isFirst = this.#lastLineAt === 0;
    if (isFirst) for (const line of opening) this.#output.note(line);
    if (this.#output.isTerminal) {
      this.#lastLineAt = Date.now();
      this.#block(progressBlock(headline, pulse, footer, this.#output.streams.stderr.columns || USUAL_COLUMNS));
    } else if (Date.now() - this.#lastLineAt >= LINE_EVERY_MS) {
      if (isFirst) for (const line of [headline, footer]) this.#output.note(line);
      this.#lastLineAt = Date.now();
      this.#output.note(progressLine(batchId, pulse));
    }
  }

  /** A line of its own above the block. */
  tell(text: string): void {
    this.#block.clear();
    this.#output.note(text);
  }

  /** Leaves the last picture, or with `isOver` takes it away: what follows says more. */
  close({ isOver }: { isOver: boolean }): void {
    if (isOver) this.#block.clear();
    this.#block.done();
  }
}
