import type { BatchProgress, Trouble, RowOutcome } from "@caselink/workflows";
import { count, counted, duration } from "./format.ts";
import { outcomeWords } from "@caselink/ledger";

/** Leaves room for the figures in 80 columns, and so stays the same while they grow. */
const LONGEST_BAR = 22;
const SHORTEST_BAR = 8;

/** Where a batch stands and how fast it goes. */
export interface Pulse {
  progress: BatchProgress;
  /** Tickets a second, lately; undefined where nothing moved yet. */
  ticketsPerSecond: number | undefined;
}

/** The block that refreshes while a batch runs. `headline` names the batch, `footer` says what to do next. */
export function progressBlock(headline: string, pulse: Pulse, footer: string, columns: number): string {
  const { progress } = pulse;
  const share = progress.tickets === 0 ? 1 : progress.settledTickets / progress.tickets;
  const figures = `  ${`${Math.floor(share * 100)} %`.padStart(5)}   ${pace(pulse)}`;
  const width = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, columns - figures.length - 3));
  const filled = Math.floor(share * width);
  const lines = [headline, `  ${"█".repeat(filled)}${"░".repeat(width - filled)}${figures}`];
  const outcomes = outcomeLine(progress.outcomes, count);
  if (outcomes) lines.push(`  ${outcomes}`);
  const state = stateLine(progress);
  if (state) lines.push(`  ${state}`);
  return [...lines, footer].join("\n");
}

/** One line of the same, where there is no terminal. */
export function progressLine(batchId: string, pulse: Pulse): string {
  const outcomes = outcomeLine(pulse.progress.outcomes, count);
  const state = stateLine(pulse.progress);
  return [batchId, pace(pulse), outcomes, state].filter(Boolean).join("   ");
}

/** Seconds until every ticket is settled, at the present rate; undefined where nothing moves. */
export function secondsLeft({ progress, ticketsPerSecond }: Pulse): number | undefined {
  return ticketsPerSecond ? (progress.tickets - progress.settledTickets) / ticketsPerSecond : undefined;
}

function pace(pulse: Pulse): string {
  const { progress, ticketsPerSecond } = pulse;
  const done = `${count(progress.settledTickets)} of ${counted(progress.tickets, "ticket")}`;
  const left = secondsLeft(pulse);
  if (!ticketsPerSecond || left === undefined) return done;
  const rate = ticketsPerSecond < 10 ? ticketsPerSecond.toFixed(1) : count(Math.round(ticketsPerSecond));
  return `${done}   ${rate}/s   ${duration(Math.max(1000, left * 1000))} left`;
}

/** What a batch waits for, in the words of who waits. */
const TROUBLES: Readonly<Record<Trouble["kind"], string>> = {
  credentials: "waiting: the API refuses the credentials",
  permission: "waiting: the API lets this account do nothing",
  endpoint: "waiting: there is no such API at the address",
  unavailable: "waiting: the API cannot be reached or fails; it is tried again by itself",
  "slow-down": "waiting: the API asked to slow down; it goes on by itself",
  behaviour: "waiting: the API does not do what is documented",
  worker: "waiting: the worker cannot read the batch",
};

function stateLine(progress: BatchProgress): string | undefined {
  if (progress.phase === "paused") return "paused";
  if (progress.phase === "cancelling") return "cancelling: what is in flight is finished first";
  if (progress.trouble) return `${TROUBLES[progress.trouble.kind]} (${progress.trouble.reason})`;
  return progress.waitingChunks > 0 ? "some tickets failed in a way that may pass; they are tried again" : undefined;
}

export { canSucceedLater, hasSucceeded, outcomeWords } from "@caselink/ledger";

/** `created 9,120   already there 241`: what there is, in the order of the contract. */
export function outcomeLine(outcomes: Partial<Record<RowOutcome, number>>, count: (value: number) => string): string {
  return (Object.keys(outcomeWords) as RowOutcome[])
    .filter((outcome) => (outcomes[outcome] ?? 0) > 0)
    .map((outcome) => `${outcomeWords[outcome]} ${count(outcomes[outcome] ?? 0)}`)
    .join("   ");
}
