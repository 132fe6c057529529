import { setTimeout as delay } from "node:timers/promises";
import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import type { BatchProgress, Trouble } from "@caselink/workflows";
import { createLogUpdate } from "log-update";
import type { Engine } from "./engine.ts";
import type { Output } from "./output.ts";
import { progressBlock, progressLine, type Pulse } from "./screen/progress-screen.ts";

export type Ending =
  | { kind: "finished"; summary: BatchSummary }
  | { kind: "blocked"; trouble: Trouble; progress: BatchProgress }
  | { kind: "detached" };

const POLL_MS = 400;
/** Where nobody watches a terminal. */
const LINE_EVERY_MS = 10_000;
/** The rate is that of the last half minute. */
const RATE_WINDOW_MS = 30_000;

/** Shows how a batch goes until it ends, is blocked, or `detach` is aborted. */
export async function followBatch(
  record: BatchRecord,
  engine: Engine,
  output: Output,
  detach: AbortSignal,
): Promise<Ending> {
  const view = new ProgressView(record, engine.webPage(record.id), output);
  const end = engine.batches.summary(record.id).then((summary): Ending => ({ kind: "finished", summary }));
  const stop = new AbortController();
  const detached = new Promise<Ending>((resolve) => {
    const leave = (): void => resolve({ kind: "detached" });
    if (detach.aborted) leave();
    else detach.addEventListener("abort", leave, { once: true, signal: stop.signal });
  });
  // A poll that fails (the local Temporal is being started again) is one picture less; the end is awaited apart.
  const poll = async (): Promise<Ending> => {
    for (;;) {
      const progress = await engine.batches.progress(record.id).catch(() => undefined);
      if (progress) view.show(progress);
      if (progress?.phase === "blocked" && progress.trouble) {
        return { kind: "blocked", trouble: progress.trouble, progress };
      }
      await delay(POLL_MS, undefined, { signal: stop.signal });
    }
  };
  try {
    return await Promise.race([end, poll(), detached, engine.lost]);
  } finally {
    stop.abort();
    view.close();
  }
}

class ProgressView {
  readonly #record: BatchRecord;
  readonly #output: Output;
  readonly #footer: string[];
  readonly #block = createLogUpdate(process.stderr);
  readonly #seen: { at: number; settledTickets: number }[] = [];
  #lastLineAt = 0;

  constructor(record: BatchRecord, webPage: string | undefined, output: Output) {
    this.#record = record;
    this.#output = output;
    this.#footer = [`Safe to close: the batch goes on where it stopped.  caselink attach ${record.id}`];
    if (webPage) this.#footer.push(`Temporal: ${webPage}`);
  }

  show(progress: BatchProgress): void {
    const pulse: Pulse = { progress, ticketsPerSecond: this.#rate(progress.settledTickets) };
    if (this.#output.isQuiet) return;
    if (this.#output.isTerminal) this.#block(progressBlock(this.#record.id, pulse, this.#footer));
    else if (Date.now() - this.#lastLineAt >= LINE_EVERY_MS) {
      if (this.#lastLineAt === 0) for (const line of this.#footer) this.#output.note(line);
      this.#lastLineAt = Date.now();
      this.#output.note(progressLine(this.#record.id, pulse));
    }
  }

  close(): void {
    if (this.#output.isTerminal && !this.#output.isQuiet) this.#block.done();
  }

  #rate(settledTickets: number): number | undefined {
    const now = Date.now();
    this.#seen.push({ at: now, settledTickets });
    while (now - (this.#seen[0]?.at ?? now) > RATE_WINDOW_MS) this.#seen.shift();
    const first = this.#seen[0];
    if (!first || now === first.at || settledTickets === first.settledTickets) return undefined;
    return ((settledTickets - first.settledTickets) / (now - first.at)) * 1000;
  }
}
