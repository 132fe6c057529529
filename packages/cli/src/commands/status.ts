import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { BatchRecord } from "@caselink/ledger";
import type { BatchPhase, BatchProgress } from "@caselink/workflows";
import { exitStatus, type ExitStatus } from "../errors.ts";
import { t, translated } from "../language/words.ts";
import { watchInterrupts } from "../run/interrupts.ts";
import { readBlock } from "../run/last-block.ts";
import { LiveBatch, type NotWorked } from "../run/live-batch.ts";
import type { Output } from "../output.ts";
import { blockedScreen } from "../screen/blocked-screen.ts";
import { count, counted } from "../screen/format.ts";
import { outcomeLine, progressLine, secondsLeft, type ProgressSample } from "../screen/progress-screen.ts";
import { olderLedger, waysOn } from "../run/older-ledger.ts";
import { readLagNotice } from "../run/read-lag.ts";
import { countedRate, RecentRate } from "../screen/recent-rate.ts";
import { summaryScreen } from "../screen/summary-screen.ts";
import { describeVersionWait, versionWaitScreen, type WaitText } from "../screen/version-wait.ts";
import { workerRateLine } from "../screen/worker-rate.ts";
import type { Settings } from "../settings.ts";
import { backgroundLog } from "../run/start-in-background.ts";
import { storedProgress } from "../run/stored-progress.ts";
import { knownBatch } from "./known-batch.ts";

const WATCH_MS = 2_000;
/** The most questions in a row that may get no response within 5 s: workers may be busy, or restart. */
const MOST_SILENT = 6;

/** Shows counts, rate, time left, and why the batch waits; the summary once it has ended. Changes and starts nothing. */
export async function status(
  id: string,
  options: { watch?: boolean },
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  const interrupts = watchInterrupts();
  const rate = new RecentRate();
  let silent = 0;
  await using live = new LiveBatch(record, settings, output);
  try {
    for (;;) {
      const shown = await showOnce(record, live, settings, output, {
        rate,
        mayBeSilent: options.watch === true && silent < MOST_SILENT,
      });
      silent = shown === "silent" ? silent + 1 : 0;
      if (shown === "over" || !options.watch || interrupts.detach.aborted) return exitStatus.succeeded;
      await delay(WATCH_MS, undefined, { signal: interrupts.detach }).catch(() => undefined);
    }
  } finally {
    interrupts.stop();
  }
}

async function showOnce(
  record: BatchRecord,
  live: LiveBatch,
  settings: Settings,
  output: Output,
  { rate, mayBeSilent }: { rate: RecentRate; mayBeSilent: boolean },
): Promise<"running" | "silent" | "over"> {
  const summary = await settings.ledger.summary(record.id);
  if (summary) {
    output.event({ event: "status", batch: record.id, ...summary });
    output.print(summaryScreen(record, summary, undefined, output.colors));
    return "over";
  }
  if ((await settings.ledger.savedPlan(record.id)) === "waiting") {
    const { to_send: rows, tickets_to_send: tickets } = record.counts;
    output.event({ event: "status", batch: record.id, state: "planned", tickets, settled_tickets: 0 });
    output.print(
      t`Batch ${record.id} is planned, not started: ${counted(rows, "row")} to send for ${counted(tickets, "ticket")}.`,
    );
    output.print(t`Start it with: caselink run --plan ${record.id}`);
    return "over";
  }
  const found = await live.read();
  // It may have ended since the ledger was read.
  if (found && "hasEnded" in found && (await settings.ledger.summary(record.id)))
    return showOnce(record, live, settings, output, { rate, mayBeSilent });
  const versionWait = await live.versionWait();
  const wait = versionWait && describeVersionWait(versionWait, record.id);
  if (found && "progress" in found) {
    const { progress } = found;
    const { phase, tickets, settledTickets, outcomes, waitReason, retryAt, maxRate, workerMaxRate } = progress;
    const pulse: ProgressSample = { progress, ticketsPerSecond: rateOf(progress, rate.add(settledTickets)) };
    const left = secondsLeft(pulse);
    const readLag = await readLagNotice(record, settings.ledger);
    output.event({
      event: "status",
      batch: record.id,
      state: phase,
      tickets,
      settled_tickets: settledTickets,
      ...outcomes,
      ...(left !== undefined && { tickets_per_second: pulse.ticketsPerSecond, seconds_left: Math.ceil(left) }),
      ...(maxRate !== undefined && { max_rate: maxRate }),
      ...(workerMaxRate !== undefined && { worker_max_rate: workerMaxRate }),
      ...((waitReason ?? wait) && { reason: waitReason?.reason ?? wait?.message }),
      ...(progress.ambiguousTickets > 0 && { ambiguous_tickets: progress.ambiguousTickets }),
      ...(progress.isSymmetric && { symmetric: true }),
      ...(retryAt !== undefined && { retry_at: new Date(retryAt).toISOString() }),
      ...(readLag && { read_lag_ms: readLag.ms }),
    });
    output.print(progressLine(t`Batch ${record.id} (${phaseWords()[phase]})`, pulse));
    if (maxRate !== undefined) output.print(t`  at most ${maxRate} requests per second`);
    const lower = workerRateLine(progress);
    if (lower) output.print(`  ${lower}`);
    if (readLag) output.print(`  ${readLag.text}`);
    if (wait) output.print(versionWaitScreen(wait));
    return "running";
  }
  const isSilent = found !== undefined && "isSilent" in found;
  if (isSilent && mayBeSilent) return "silent";
  await showStored(record, isSilent ? undefined : found, wait, settings, output);
  return "over";
}

/** Shows the stored progress of a batch that no process works, and the reason if it is blocked. */
async function showStored(
  record: BatchRecord,
  found: NotWorked | undefined,
  wait: WaitText | undefined,
  settings: Settings,
  output: Output,
): Promise<void> {
  const { settledTickets, outcomes } = await storedProgress(record, settings.ledger);
  const tickets = record.counts.tickets_to_send;
  const stop = found && stopOf(record, found);
  const isAhead = found !== undefined && "hasEnded" in found;
  const readLag = await readLagNotice(record, settings.ledger);
  const block = settings.isLocal && !stop ? await readBlock(settings.home, record) : undefined;
  output.event({
    event: "status",
    batch: record.id,
    state: block ? "blocked" : "interrupted",
    tickets,
    settled_tickets: settledTickets,
    ...outcomes,
    ...(block && { reason: block.waitReason.reason }),
    ...((stop ?? wait) && { reason: stop ?? wait?.message }),
    ...(readLag && { read_lag_ms: readLag.ms }),
  });
  if (stop !== undefined) output.print(t`${capitalized(translated(stop))}.`);
  output.print(t`Batch ${record.id} is not running: ${count(settledTickets)} of ${counted(tickets, "ticket")} done.`);
  if (stop !== undefined) {
    const settled = Object.values(outcomes).reduce((sum, rows) => sum + rows, 0);
    output.print(
      t`  The ledger has an outcome for ${count(settled)} of ${counted(record.counts.to_send, "row")} to send.`,
    );
  }
  const line = outcomeLine(outcomes, count);
  if (line) output.print(`  ${line}`);
  if (readLag) output.print(`  ${readLag.text}`);
  if (block) {
    output.print(t`Its last run ended at ${new Date(block.at).toLocaleTimeString("en-GB")}.`);
    const { waitReason, advice } = block;
    output.print(
      blockedScreen({ batchId: record.id, waitReason, progress: { tickets, settledTickets } }, advice, output.colors),
    );
  } else if (isAhead) output.print(waysOn(record.id, settings));
  else if (wait && stop === undefined) output.print(versionWaitScreen(wait));
  else output.print(t`Continue with: caselink attach ${record.id}`);
  if (stop !== undefined && !isAhead) output.print(t`End it with:   caselink cancel ${record.id}`);
  const log = backgroundLog(settings.home, record.id);
  if (settings.isLocal && (await isFile(log))) output.print(t`Log of its process in the background:\n  ${log}`);
}

const capitalized = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

const phaseWords = (): Readonly<Record<BatchPhase, string>> => ({
  running: t`running`,
  paused: t`paused`,
  blocked: t`blocked`,
  cancelling: t`cancelling`,
  finishing: t`finishing`,
  completed: t`completed`,
  cancelled: t`cancelled`,
});

/** Why Temporal does not work the batch. */
function stopOf({ id }: BatchRecord, found: NotWorked): string {
  if ("hasEnded" in found) return olderLedger(id);
  return "stopped" in found
    ? found.stopped.message
    : `Temporal has no workflow of batch ${id}: it was deleted there or never started`;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** The rate that was seen, else the one that the batch counted, else the rate since the start; undefined if the batch is not running. */
function rateOf(progress: BatchProgress, seen: number | undefined): number | undefined {
  const { phase, settledTickets, startedAt } = progress;
  if (phase !== "running" || settledTickets === 0) return undefined;
  return seen ?? countedRate(progress, Date.now()) ?? (settledTickets / Math.max(1, Date.now() - startedAt)) * 1000;
}
