import { outcomeWords } from "@caselink/ledger";
import type { BatchProgress, RowOutcome, WaitReason } from "@caselink/workflows";
import { language, t, translated } from "../language/words.ts";
import { count, counted, dayOf, duration, widthOf, wrapped } from "./format.ts";

/** Short enough that the figures fit next to it in 80 columns, so that its length stays the same while they grow. */
const LONGEST_BAR = 22;
const SHORTEST_BAR = 8;

/** The progress of a batch at one moment, and its rate. */
export interface ProgressSample {
  progress: BatchProgress;
  /** Recent tickets per second; undefined until a ticket is settled. */
  ticketsPerSecond: number | undefined;
}

/** The block that refreshes while a batch runs, between `headline` and `footer`. */
export function progressBlock(headline: string, pulse: ProgressSample, footer: string, columns: number): string {
  const { progress } = pulse;
  const share = progress.tickets === 0 ? 1 : progress.settledTickets / progress.tickets;
  const figures = `  ${`${Math.floor(share * 100)} %`.padStart(5)}   ${progressText(pulse)}`;
  const width = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, columns - widthOf(figures) - 3));
  const filled = Math.floor(share * width);
  const lines = [headline, `  ${"█".repeat(filled)}${"░".repeat(width - filled)}${figures}`];
  const outcomes = outcomeLine(progress.outcomes, count);
  if (outcomes) lines.push(`  ${outcomes}`);
  lines.push(...waitLines(progress).flatMap((line) => fitted(line, columns - 2)));
  return [...lines, footer].join("\n");
}

/** An indented line. A longer Chinese one is broken here: a terminal would break it in its Latin words, too. */
const fitted = (line: string, width: number): string[] =>
  (language() === "en" ? [line] : wrapped(line, width)).map((part) => `  ${part}`);

/** The same in one line, if there is no terminal. */
export function progressLine(batchId: string, pulse: ProgressSample): string {
  const outcomes = outcomeLine(pulse.progress.outcomes, count);
  return [batchId, progressText(pulse), outcomes, ...waitLines(pulse.progress)].filter(Boolean).join("   ");
}

/** Seconds until every ticket is settled at the recent rate; undefined without one. */
export function secondsLeft({ progress, ticketsPerSecond }: ProgressSample): number | undefined {
  return ticketsPerSecond ? (progress.tickets - progress.settledTickets) / ticketsPerSecond : undefined;
}

function progressText(pulse: ProgressSample): string {
  const { progress, ticketsPerSecond } = pulse;
  const done = t`${count(progress.settledTickets)} of ${counted(progress.tickets, "ticket")}`;
  const left = secondsLeft(pulse);
  if (!ticketsPerSecond || left === undefined) return done;
  const rate = ticketsPerSecond < 10 ? ticketsPerSecond.toFixed(1) : count(Math.round(ticketsPerSecond));
  return t`${done}   ${rate}/s   ${duration(Math.max(1000, left * 1000))} left`;
}

/** The reason why a batch makes no progress, as the screen shows it. */
const WAIT_REASONS: Readonly<Record<WaitReason["kind"], string>> = {
  credentials: "waiting: the API rejects the credentials",
  permission: "waiting: this account has no permission to use the API",
  endpoint: "waiting: this API does not exist at the address",
  unavailable: "waiting: the API cannot be reached or fails; retrying automatically",
  "slow-down": "waiting: the API asked to slow down; continuing automatically",
  behaviour: "waiting: the API does not behave as documented",
  worker: "waiting: the worker cannot read the batch",
};

/** Why there is less progress than there could be, and which tickets are ambiguous. */
function waitLines(progress: BatchProgress): string[] {
  return [stateLine(progress), ambiguousLine(progress)].filter((line) => line !== undefined);
}

function ambiguousLine({ ambiguousTickets }: BatchProgress): string | undefined {
  if (ambiguousTickets === 0) return undefined;
  return ambiguousTickets === 1
    ? t`1 ticket has a last write whose result is unknown: reading it again`
    : t`${count(ambiguousTickets)} tickets have a last write whose result is unknown: reading them again`;
}

function stateLine(progress: BatchProgress): string | undefined {
  if (progress.phase === "paused") return t`paused`;
  if (progress.phase === "cancelling") return t`cancelling: finishing the requests in flight`;
  const { retryAt, waitReason } = progress;
  if (waitReason && retryAt !== undefined)
    return t`waiting for the API's limit; continues at ${clockTime(retryAt)} (${translated(waitReason.reason)})`;
  if (waitReason) return t`${translated(WAIT_REASONS[waitReason.kind])} (${translated(waitReason.reason)})`;
  if (progress.isSymmetric) return t`associations count for both tickets here: one lane works the whole batch`;
  return progress.waitingChunks > 0 ? t`some tickets failed with a temporary error and will be retried` : undefined;
}

/** The time of day; with the date if it is another day. */
function clockTime(at: number): string {
  const time = new Date(at);
  const clock = time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return time.toDateString() === new Date().toDateString() ? clock : t`${clock} on ${dayOf(time)}`;
}

/** The outcomes that occur, in the order of the contract: `created 9,120   already there 241`. */
export function outcomeLine(outcomes: Partial<Record<RowOutcome, number>>, count: (value: number) => string): string {
  return (Object.keys(outcomeWords) as RowOutcome[])
    .filter((outcome) => (outcomes[outcome] ?? 0) > 0)
    .map((outcome) => `${translated(outcomeWords[outcome])} ${count(outcomes[outcome] ?? 0)}`)
    .join("   ");
}
