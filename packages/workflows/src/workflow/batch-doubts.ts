import type { BatchStateData, ChunkReport, Doubt } from "./contracts.ts";
import { laneBackoffMs } from "./retry-schedule.ts";

/** A batch that ends reads ambiguous tickets this often: for about a minute. */
export const PASSES_AT_END = 5;

/** The chunks of a batch with ambiguous tickets. Pure data and no clock: workflow code. */
export class BatchDoubts {
  readonly #data: BatchStateData;

  constructor(data: BatchStateData) {
    this.#data = data;
  }

  /** Ambiguous tickets are read after 2 s, growing to a minute. A turn that failed may have left some. */
  update(chunk: ChunkReport, now: number): void {
    const data = this.#data;
    if (chunk.isUntaken && !(data.isEnding && chunk.resolveOnly)) return;
    const at = data.doubts.findIndex((other) => isSame(other, chunk));
    const before = data.doubts[at];
    if (at >= 0) data.doubts.splice(at, 1);
    for (const other of chunk.otherDoubts ?? []) this.add(other, now);
    // A worker that still runs an attempt takes chunks, too.
    if (chunk.isUntaken && before?.isUnproven) return;
    const isUnknown = chunk.counts === undefined && chunk.deferred > 0;
    if (chunk.ambiguous === 0 && !isUnknown) return;
    const isFruitless = before !== undefined && (isUnknown || chunk.ambiguous >= before.tickets);
    const passes = isFruitless && (chunk.resolveOnly || !data.isEnding) ? before.passes + 1 : 1;
    if (data.isEnding && passes > PASSES_AT_END) return;
    const { lane, index, ambiguous: tickets } = chunk;
    const retryAfterMs = data.isEnding ? 0 : (chunk.waitReason?.retryAfterMs ?? 0);
    data.doubts.push({ lane, index, tickets, passes, dueAt: now + Math.max(laneBackoffMs(passes), retryAfterMs) });
  }

  /** Something of the chunk may be ambiguous: no turn of this run has read it. */
  add(chunk: Pick<Doubt, "lane" | "index" | "isUnproven">, now: number): void {
    const { doubts } = this.#data;
    if (doubts.some((known) => isSame(known, chunk))) return;
    doubts.push({ ...chunk, tickets: 0, passes: 0, dueAt: now });
  }

  /** The turns in a row that resolved none of the chunk's ambiguous tickets; undefined: it has none. */
  passesOf(chunk: ChunkReport): number | undefined {
    return this.#data.doubts.find((other) => isSame(other, chunk))?.passes;
  }
}

export const isSame = (a: { lane: string; index: number }, b: { lane: string; index: number }): boolean =>
  a.lane === b.lane && a.index === b.index;

/** Names a chunk. */
export const keyOf = ({ lane, index }: { lane: string; index: number }): string => `${lane}-${index}`;
