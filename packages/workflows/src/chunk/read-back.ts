import { LONGEST_READ_LAG_MS } from "@caselink/ledger";
import type { ReadLag } from "./read-lag.ts";

/** The waits in which a canary's write usually shows, as parts of the read lag. */
const USUAL_WAITS = [0.1, 0.2, 0.3, 0.4];
/** After them each wait is this much longer than the one before. */
const GROWTH = 1.3;

interface ReadBackOptions<Failure extends string> {
  /** The associations of the ticket after the write. */
  expected: ReadonlySet<string>;
  /** The associations that the write was meant to add or to remove. */
  asked: readonly string[];
  /** Reads the ticket; a string if that failed. */
  read: () => Promise<ReadonlySet<string> | Failure>;
  readLag: Pick<ReadLag, "ms">;
  sleep: (milliseconds: number) => Promise<void>;
  now: () => number;
}

interface ReadBack {
  /** What the last read showed. */
  associations: ReadonlySet<string>;
  isExpected: boolean;
  /** It took longer than reads are known to lag. */
  isLate: boolean;
  /** Milliseconds from the write to the last read. */
  lagMs: number;
}

/**
 * Reads a write back until it shows. What went away although the write does not concern it is waited for as long as reads
 * may lag; if only the write itself does not show, reads may lag more than is known: it is waited for up to a minute.
 */
export async function readBack<Failure extends string>(options: ReadBackOptions<Failure>): Promise<ReadBack | Failure> {
  const { expected, asked, read, readLag, sleep, now } = options;
  const writtenAt = now();
  const usual = USUAL_WAITS.map((part) => part * readLag.ms);
  let waitMs = 0;
  let waitedMs = 0;
  for (let reads = 0; ; reads++) {
    const associations = await read();
    if (typeof associations === "string") return associations;
    const isLate = reads > usual.length;
    const lagMs = Math.ceil(now() - writtenAt);
    const asExpected = (id: string): boolean => associations.has(id) === expected.has(id);
    // Associations that others add meanwhile do not matter.
    const isKept = [...expected].every((id) => asked.includes(id) || associations.has(id));
    if (isKept && asked.every(asExpected)) return { associations, isExpected: true, isLate, lagMs };
    waitMs = usual[reads] ?? waitMs * GROWTH;
    const isLast = reads >= usual.length && (!isKept || waitedMs >= LONGEST_READ_LAG_MS);
    if (isLast) return { associations, isExpected: false, isLate, lagMs };
    await sleep(waitMs);
    waitedMs += waitMs;
  }
}
