import { assumedReadLagMs, USUAL_READ_LAG_MS, type BatchRecord, type Ledger } from "@caselink/ledger";
import { t } from "../language/words.ts";
import { duration } from "../screen/format.ts";

export interface ReadLagNotice {
  ms: number;
  /** Says how long the batch's writes may not show, and why. */
  text: string;
}

/** The notice for a batch that assumes another read lag than the usual 5 s, else undefined. `doctor` reports a damaged profile. */
export async function readLagNotice(record: BatchRecord, ledger: Ledger): Promise<ReadLagNotice | undefined> {
  const profile = await ledger.apiProfile(record.endpoint).catch(() => undefined);
  const ms = assumedReadLagMs(record, profile);
  if (ms === USUAL_READ_LAG_MS) return undefined;
  const why = ms === record.options.read_lag_ms ? "--read-lag" : t`as seen before`;
  return { ms, text: t`reads may show a write only after ${shown(ms)} (${why})` };
}

const shown = (ms: number): string =>
  ms < 1_000 || ms % 1_000 > 0 ? `${(ms / 1_000).toFixed(1)} ${t`s`}` : duration(ms);
