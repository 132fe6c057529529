import type { BatchSummary } from "@caselink/ledger";
import type { BatchInput, BatchPhase, BatchProgress, BatchStateData, MaxRate, RecentlySettled } from "./contracts.ts";
import type { BatchState } from "./batch-state.ts";
import { needsOperator } from "./needs-operator.ts";
import { recentlySettled } from "./recently-settled.ts";

/** The answer to the `progress` query. */
export function progressOf(
  input: BatchInput,
  { data: state, openLanes }: Pick<BatchState, "data" | "openLanes">,
  phase: BatchPhase,
  summary: BatchSummary | undefined,
): BatchProgress {
  return {
    phase: phase === "running" && needsOperator(state.waitReason) ? "blocked" : phase,
    rows: input.rows,
    tickets: input.tickets,
    settledTickets: state.settledTickets,
    outcomes: state.outcomes,
    waitingChunks: state.waiting.length,
    ambiguousTickets: state.doubts.reduce((sum, { tickets }) => sum + tickets, 0),
    startedAt: state.startedAt,
    ...recentlyOf(state),
    countedTurns: state.countedTurns ?? {},
    openLanes,
    ...(state.waitReason && { waitReason: state.waitReason }),
    ...(state.waitingSince !== undefined && { waitingSince: state.waitingSince }),
    ...retryTime(state),
    ...((state.isShared || state.isMoving) && { isSymmetric: true }),
    ...currentMaxRate(input.maxRate, state.maxRate),
    ...(summary && { summary }),
  };
}

function retryTime({ waitReason, waitingSince }: BatchStateData): { retryAt?: number } {
  if (waitReason?.retryAfterMs === undefined || waitingSince === undefined) return {};
  return { retryAt: waitingSince + waitReason.retryAfterMs };
}

function recentlyOf(state: BatchStateData): { recently?: RecentlySettled } {
  const recently = recentlySettled(state);
  return recently ? { recently } : {};
}

/** The rate that an operator set, else the planned one. */
function currentMaxRate(planned: number | undefined, changed: MaxRate | undefined): { maxRate?: number } {
  const maxRate = changed === undefined ? planned : (changed ?? undefined);
  return maxRate === undefined ? {} : { maxRate };
}

/** The lines that Temporal's web page shows for a running batch. */
export function describeProgress(progress: BatchProgress): string {
  const outcomes = Object.entries(progress.outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${outcome} ${count}`);
  const lines = [`**${progress.phase}**: ${progress.settledTickets} of ${progress.tickets} tickets`, ...outcomes];
  const until = progress.retryAt === undefined ? "" : ` (continues at ${new Date(progress.retryAt).toISOString()})`;
  if (progress.ambiguousTickets > 0)
    lines.push(
      `Tickets whose last write has an unknown result, and which are read again: ${progress.ambiguousTickets}`,
    );
  if (progress.waitReason) lines.push(`Waiting: ${progress.waitReason.reason}${until}`);
  return lines.join("\n\n");
}
