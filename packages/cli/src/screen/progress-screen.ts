import type { BatchProgress } from "@caselink/workflows";
import { count, duration } from "./format.ts";
import { outcomeLine } from "./outcome-words.ts";

const BAR_WIDTH = 30;

/** Where a batch stands and how fast it goes. */
export interface Pulse {
  progress: BatchProgress;
  /** Tickets a second, lately; undefined where nothing moved yet. */
  ticketsPerSecond: number | undefined;
}

/** The block that refreshes while a batch runs. */
export function progressBlock(batchId: string, pulse: Pulse, footer: readonly string[]): string {
  const { progress } = pulse;
  const share = progress.tickets === 0 ? 1 : progress.settledTickets / progress.tickets;
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  const lines = [`Batch ${batchId}`, `  ${bar}  ${Math.floor(share * 100)} %   ${pace(pulse)}`];
  const outcomes = outcomeLine(progress.outcomes, count);
  if (outcomes) lines.push(`  ${outcomes}`);
  const state = stateLine(progress);
  if (state) lines.push(`  ${state}`);
  return [...lines, ...footer].join("\n");
}

/** One line of the same, where there is no terminal. */
export function progressLine(batchId: string, pulse: Pulse): string {
  const outcomes = outcomeLine(pulse.progress.outcomes, count);
  const state = stateLine(pulse.progress);
  return [batchId, pace(pulse), outcomes, state].filter(Boolean).join("   ");
}

function pace({ progress, ticketsPerSecond }: Pulse): string {
  const done = `${count(progress.settledTickets)} of ${count(progress.tickets)} tickets`;
  if (!ticketsPerSecond) return done;
  const left = ((progress.tickets - progress.settledTickets) / ticketsPerSecond) * 1000;
  const rate = ticketsPerSecond < 10 ? ticketsPerSecond.toFixed(1) : count(Math.round(ticketsPerSecond));
  return `${done}   ${rate}/s   ${duration(left)} left`;
}

function stateLine(progress: BatchProgress): string | undefined {
  if (progress.phase === "paused") return "paused";
  if (progress.phase === "cancelling") return "cancelling: what is in flight is finished first";
  if (progress.trouble) return `waiting: ${progress.trouble.reason}`;
  return progress.waitingChunks > 0 ? "some tickets failed in a way that may pass; they are tried again" : undefined;
}
