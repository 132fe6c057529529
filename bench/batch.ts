// Measures the durable batch and compares it with three loops that list and post as the engine does, but store nothing:
// with the global fetch, with the SDK, and with undici and hand-written JSON. The last one shows the highest rate that this
// machine allows. A batch of one ticket shows what a start costs. Simulator, Temporal, worker and loops are separate
// processes; loops and batches run one after the other.
// Usage: batch [TICKETS] [TICKETS-OF-A-LARGER-BATCH]
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { findTemporalCli } from "../packages/cli/src/local/find-temporal-cli.ts";
import { openLocalTemporal } from "../packages/cli/src/local/local-temporal.ts";
import { cpuSeconds, peakRssMb, runNode, startNode, stop } from "./run-process.ts";
import { writeResult } from "./write-result.ts";

const main = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const fetchLoop = fileURLToPath(new URL("./peers/loop.ts", import.meta.url));
const sdkLoop = fileURLToPath(new URL("./peers/sdk-loop.ts", import.meta.url));
const undiciLoop = fileURLToPath(new URL("./peers/undici-loop.ts", import.meta.url));
const IN_FLIGHT = 256;
const LATENCY_MS = 20;
const tickets = Number(process.argv[2] ?? 20_000);
/** Tickets of a second, larger batch, which shows whether memory grows with the input. 0 leaves it out. */
const largerTickets = Number(process.argv[3] ?? 0);

const folder = await mkdtemp(join(tmpdir(), "caselink-bench-"));
const temporal = await openLocalTemporal({
  home: folder,
  cli: await findTemporalCli({ env: process.env, log: (line) => console.error(line) }),
  log: () => undefined,
});
try {
  const withFetch = await runLoop(fetchLoop);
  const withSdk = await runLoop(sdkLoop);
  const withUndici = await runLoop(undiciLoop);
  const oneTicket = await withSimulator((url) => runBatch(url, 1));
  const batch = await withSimulator((url) => runBatch(url, tickets));
  const largerBatch = largerTickets > 0 ? await withSimulator((url) => runBatch(url, largerTickets)) : undefined;
  const batches = largerBatch ? [batch, largerBatch] : [batch];
  const line = (name: string, run: Run) => ({
    name,
    tickets: run.tickets,
    "tickets/s": Math.round(run.rate),
    "events/ticket": Number((run.eventsPerTicket ?? 0).toFixed(4)),
    "CPU ms/ticket": Number(cpuMs(run).toFixed(3)),
    "peak MB": Math.round(run.rssMb),
  });
  console.table([
    line("loop, global fetch", withFetch),
    line("loop, SDK", withSdk),
    line("loop, undici, hand-written JSON", withUndici),
    ...batches.map((run) => line("durable batch", run)),
  ]);
  await writeResult(
    "batch",
    {
      vs_loop: batch.rate / withFetch.rate,
      vs_sdk_loop: batch.rate / withSdk.rate,
      cpu_vs_sdk_loop: cpuMs(batch) / cpuMs(withSdk),
      ceiling_vs_loop: withUndici.rate / withFetch.rate,
      events_per_ticket: batch.eventsPerTicket,
      one_ticket_seconds: oneTicket.seconds,
      ...(largerBatch && {
        vs_loop_larger: largerBatch.rate / withFetch.rate,
        vs_sdk_loop_larger: largerBatch.rate / withSdk.rate,
        cpu_vs_sdk_loop_larger: cpuMs(largerBatch) / cpuMs(withSdk),
        rss_growth: largerBatch.rssMb / batch.rssMb,
      }),
    },
    { withFetch, withSdk, withUndici, oneTicket, batch, ...(largerBatch && { larger: largerBatch }) },
  );
} finally {
  await temporal.close();
  await rm(folder, { recursive: true, force: true });
}

interface Run {
  tickets: number;
  seconds: number;
  /** Processor time of the loop, or of the worker while the batch runs; not that of Temporal, command or simulator. */
  cpuSeconds: number;
  rate: number;
  rssMb: number;
  eventsPerTicket?: number;
}

/** Processor milliseconds for a ticket. */
function cpuMs(run: Run): number {
  return (run.cpuSeconds * 1000) / run.tickets;
}

async function runLoop(script: string): Promise<Run> {
  return withSimulator(async (url) => {
    const printed = await runNode([script, url, String(tickets), String(IN_FLIGHT)]);
    const run = JSON.parse(printed) as Pick<Run, "seconds" | "cpuSeconds" | "rssMb">;
    return { ...run, tickets, rate: tickets / run.seconds };
  });
}

async function withSimulator<Result>(run: (url: string) => Promise<Result>): Promise<Result> {
  const config = join(folder, "simulator.json");
  await writeFile(config, JSON.stringify({ latencyMs: LATENCY_MS, journalLimit: 1 }));
  const { child, message } = await startNode([main, "simulator", "--json", "--config", config], "listening");
  try {
    return await run(String(message["url"]));
  } finally {
    await stop(child);
  }
}

async function runBatch(url: string, ticketCount: number) {
  const input = join(folder, `tickets-${ticketCount}.csv`);
  await writeFile(input, csv(ticketCount));
  const id = `bench-${ticketCount}`;
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: temporal.address,
    CASELINK_LEDGER: join(folder, "ledger"),
    CASELINK_ENDPOINT: url,
    CASELINK_TOKEN: "demo-token",
    CASELINK_IN_FLIGHT: String(IN_FLIGHT),
    CASELINK_LOG_LEVEL: "ERROR",
  };
  const { child: worker } = await startNode([main, "worker", "--json"], "working", { env });
  try {
    const cpuBefore = cpuSeconds(worker.pid as number);
    const printed = await runNode([main, "run", input, "--batch", id, "--json", "--quiet"], { env });
    const summary = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as {
      created: number;
      started_at: string;
      finished_at: string;
    };
    if (summary.created !== ticketCount * 3) throw new Error(`only ${summary.created} associations were created`);
    const seconds = (Date.parse(summary.finished_at) - Date.parse(summary.started_at)) / 1000;
    const cpu = cpuSeconds(worker.pid as number) - cpuBefore;
    const rssMb = peakRssMb(worker.pid as number);
    const eventsPerTicket = (await countEvents(new URL(url).host, id)) / ticketCount;
    return { tickets: ticketCount, seconds, cpuSeconds: cpu, rate: ticketCount / seconds, rssMb, eventsPerTicket };
  } finally {
    if (worker.exitCode === null) {
      worker.kill("SIGTERM");
      await once(worker, "exit");
    }
  }
}

function csv(ticketCount: number): string {
  const lines = ["case_id,related_id,group_id"];
  for (let i = 0; i < ticketCount; i++) for (const related of "abc") lines.push(`B${i},B${i}-${related},g`);
  return `${lines.join("\n")}\n`;
}

/** Counts the history events of the batch and of its endpoint's lanes, over all their workflow runs. */
async function countEvents(host: string, batchId: string): Promise<number> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    const client = new Client({ connection });
    let events = 0;
    for await (const run of client.workflow.list()) {
      if (run.workflowId !== `caselink-batch:${batchId}` && !run.workflowId.startsWith(`caselink-lane:${host}:`))
        continue;
      const { historyLength } = await client.workflow.getHandle(run.workflowId, run.runId).describe();
      events += historyLength;
    }
    return events;
  } finally {
    await connection.close();
  }
}
