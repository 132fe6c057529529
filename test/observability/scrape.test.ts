import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { csv, newBatch, rowsOf, until } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";
import { namesIn, usedMetrics } from "./metric-names.ts";

/** Metrics that exist only after an event that a healthy worker does not have. */
const ONLY_ON_EVENT: Readonly<Record<string, string>> = {
  temporal_workflow_task_execution_failed: "Temporal creates it with the first workflow task that fails",
};

/** The value of a series whose labels contain all these; 0 if there is none. */
function valueOf(scrape: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const lines = scrape.split("\n").filter((line) => line.startsWith(`${name}{`));
  const found = lines.filter((line) => wanted.every((label) => line.includes(label)));
  return found.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

const ownOf = (names: ReadonlySet<string>): Set<string> =>
  new Set([...names].filter((name) => name.startsWith("caselink_")));

test("a worker serves each metric that the alerts, the dashboard and the documentation name, with true values", async () => {
  await using stage = await openCluster({ faults: { create: { http429: 0.2 } }, seed: 7 });
  const address = `127.0.0.1:${await findFreePort()}`;
  await stage.startWorkerProcess({ CASELINK_METRICS_ADDRESS: address });
  const batch = newBatch("scraped");
  const rows = rowsOf(60, 2);
  await stage.write("in.csv", csv(...rows));
  const { status, last } = await stage.run(["run", "in.csv", "--batch", batch, "--json"]);
  expect([status, last()["created"]]).toEqual([0, 120]);

  const scrape = await until(
    async () => (await fetch(`http://${address}/metrics`)).text(),
    (text) =>
      valueOf(text, "caselink_ended_rows_total", { outcome: "created" }) === 120 &&
      valueOf(text, "caselink_batches", { state: "running" }) === 0,
  );
  expect(valueOf(scrape, "caselink_rows_total", { outcome: "created" })).toBe(120);
  expect(valueOf(scrape, "caselink_batches_ended_total", { state: "completed" })).toBe(1);
  const { create, list } = stage.simulator.counts();
  const created = valueOf(scrape, "caselink_requests_total", { operation: "create" });
  expect(created).toBe(create);
  // The worker's check of its credentials is a request, too.
  expect(valueOf(scrape, "caselink_requests_total", { operation: "list" })).toBe(list);
  const throttled = valueOf(scrape, "caselink_requests_total", { result: "throttled", http_status: "429" });
  expect(throttled).toBeGreaterThan(0);
  expect(valueOf(scrape, "caselink_requests_total", { operation: "create", result: "ok" })).toBe(created - throttled);
  expect(valueOf(scrape, "caselink_limiter_rate", { operation: "list" })).toBeGreaterThan(0);
  expect(valueOf(scrape, "caselink_turn_duration_seconds_count", { result: "worked" })).toBeGreaterThan(0);
  expect(valueOf(scrape, "caselink_polling", { account: "token" })).toBe(1);

  const served = namesIn(scrape);
  const missing = [...(await usedMetrics())].filter((name) => !served.has(name) && !(name in ONLY_ON_EVENT));
  expect(missing).toEqual([]);
  const page = await readFile(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  expect(ownOf(namesIn(page))).toEqual(ownOf(served));

  // Bounded labels: nothing in them names a batch, a ticket or a chunk.
  const ownSeries = scrape.split("\n").filter((line) => line.startsWith("caselink_"));
  expect(ownSeries.join("\n")).not.toContain(batch);
  const labels = new Set(ownSeries.flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, name]) => name)));
  const bounded = "account code endpoint http_status le operation outcome reason result scope state waits_for";
  expect(labels).toEqual(new Set(bounded.split(" ")));
  expect(scrape).not.toContain("demo-token");
});
