import type { BatchProgress } from "./contracts.ts";

/** The lines that Temporal's web page shows for a running batch. */
export function describeProgress(progress: BatchProgress): string {
  const outcomes = Object.entries(progress.outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${outcome} ${count}`);
  const lines = [`**${progress.phase}**: ${progress.settledTickets} of ${progress.tickets} tickets`, ...outcomes];
  if (progress.trouble) lines.push(`Waiting: ${progress.trouble.reason}`);
  return lines.join("\n\n");
}
