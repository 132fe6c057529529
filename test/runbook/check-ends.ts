import { expect } from "vitest";
import type { Scenario } from "./scenario.ts";

/** A row of a report, with what the check needs. */
interface ReportRow {
  case_id: string;
  related_id: string;
  outcome: string | null;
}

/** The state of the simulator as its control address returns it. */
interface SimulatorState {
  tickets: Readonly<Record<string, readonly string[]>>;
  violations: Readonly<Record<string, readonly unknown[]>>;
}

const PRESENT: ReadonlySet<string | null> = new Set(["created", "already_associated"]);

/**
 * Compares the ends of the batches with the server: every row has an outcome that is true, no association was created twice,
 * and no ticket got more than three.
 *
 * @param report returns the lines of a batch's report
 */
export async function checkEnds(
  { ends }: Pick<Scenario, "ends">,
  endpoint: string,
  report: (batch: string) => Promise<string>,
): Promise<void> {
  const response = await fetch(`${endpoint}/__simulator/state`);
  const { tickets, violations } = (await response.json()) as SimulatorState;
  for (const [batch, [count, ...outcomes]] of Object.entries(ends)) {
    const lines = (await report(batch)).trim().split("\n");
    const rows = lines.map((line) => JSON.parse(line) as ReportRow);
    expect([batch, rows.length]).toEqual([batch, count]);
    for (const { case_id: ticket, related_id: related, outcome } of rows) {
      expect(outcomes).toContain(outcome);
      expect([batch, ticket, (tickets[ticket] ?? []).includes(related)]).toEqual([batch, ticket, PRESENT.has(outcome)]);
    }
  }
  expect(violations).toMatchObject({ repeatedCreates: [], overLimitAsked: [], overLimitStored: [], racingWrites: [] });
}
