import type { BatchStateData, RecentlySettled } from "./contracts.ts";

/** A minute has several turns of each lane: their ends are not evenly spread. */
const WINDOW_MS = 60_000;
const APART_MS = 5_000;

type Counts = Pick<BatchStateData, "recently" | "startedAt" | "settledTickets">;

/** Remembers how many tickets are settled now. To be called after each report. */
export function rememberSettled(data: Counts, now: number): void {
  const samples = (data.recently ??= [{ at: data.startedAt, settledTickets: 0 }]);
  // No report for so long: nothing worked, and that is no part of the rate either.
  if (now - (samples.at(-1)?.at ?? now) > WINDOW_MS) return forgetSettled(data, now);
  const [beforeLast, last] = samples.slice(-2);
  // The newest sample is always that of the last report.
  if (beforeLast && last && last.at - beforeLast.at < APART_MS) samples.pop();
  samples.push({ at: now, settledTickets: data.settledTickets });
  while (samples.length > 2 && (samples[1]?.at ?? now) <= now - WINDOW_MS) samples.shift();
}

/** How quickly tickets were settled before says nothing about the time from now on. */
export function forgetSettled(data: Counts, now: number): void {
  data.recently = [{ at: now, settledTickets: data.settledTickets }];
}

/** Undefined if no report has come since the start, or since what was before was forgotten. */
export function recentlySettled({ recently: samples = [] }: Counts): RecentlySettled | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || last.at <= first.at) return undefined;
  return { since: first.at, until: last.at, tickets: last.settledTickets - first.settledTickets };
}
