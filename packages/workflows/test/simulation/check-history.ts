import { checkServer } from "./check-server.ts";
import { checkRow } from "./check-row.ts";
import type { History } from "./run-schedule.ts";

/** The promises that the run broke; none if all is well. */
export function checkHistory(history: History): string[] {
  const { server } = history;
  const violations = [...server.violations, ...checkServer(history)];
  const makers = new Map<string, string[]>();
  for (const { ticket, related, batch } of server.tickets.made) {
    const key = server.tickets.keyOf(ticket, related);
    makers.set(key, [...(makers.get(key) ?? []), batch]);
  }
  for (const batch of history.batches) {
    const { batchId, rows, results, lastResults, isCancelled } = batch;
    const byRow = new Map(results.map((result) => [result.row, result]));
    if (byRow.size !== results.length) violations.push(`${batchId} has two results for a row`);
    if (JSON.stringify(results) !== JSON.stringify(lastResults))
      violations.push(`results of ${batchId} changed after its end`);
    for (const row of rows) {
      const outcome = byRow.get(row.row)?.outcome ?? (isCancelled ? "cancelled" : undefined);
      const violation = checkRow(row, outcome, { history, makers, batch, byRow });
      if (violation)
        violations.push(`${batchId} says ${String(outcome)} of ${row.ticket} ${row.related}, but ${violation}`);
    }
  }
  return violations;
}
