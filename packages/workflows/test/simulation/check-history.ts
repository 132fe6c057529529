import { checkRow, type Facts } from "./check-row.ts";
import type { History } from "./run-schedule.ts";

/** The promises that the run broke; none if all is well. */
export function checkHistory(history: History): string[] {
  const { schedule, server, results, lastResults, cancelled } = history;
  const violations = [...server.violations];
  const makers = new Map<string, string>();
  for (const { ticket, related, batch } of server.made) {
    const key = `${ticket} ${related}`;
    if (makers.has(key) && !server.isForeign(ticket)) violations.push(`${key} was made twice`);
    makers.set(key, batch);
  }
  schedule.batches.forEach(({ rows }, at) => {
    const batch = `batch-${at}`;
    const stored = results.get(batch) ?? [];
    const byRow = new Map(stored.map((result) => [result.row, result]));
    if (byRow.size !== stored.length) violations.push(`${batch} has two results for a row`);
    if (JSON.stringify(stored) !== JSON.stringify(lastResults.get(batch)))
      violations.push(`results of ${batch} changed after its end`);
    rows.forEach((row, index) => {
      const outcome = byRow.get(index + 1)?.outcome ?? (cancelled.has(batch) ? "cancelled" : undefined);
      const facts: Facts = { history, makers, at, index, byRow };
      const violation = checkRow(row, outcome, facts);
      if (violation)
        violations.push(`${batch} says ${String(outcome)} of ${row.ticket} ${row.related}, but ${violation}`);
    });
  });
  return violations;
}
