import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger, type BatchRecord, type Ledger, type PlanRequest } from "@caselink/ledger";
import { createOsmClient, staticToken, type OsmClient, type OsmClientOptions } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import { createApiConnector, type ApiConnector } from "../../src/index.ts";
import type { Simulator, SimulatorConfig } from "@caselink/simulator";
import { newBatch, startTestSimulator } from "@caselink/test-support";
import { noRateLimit } from "./request-queues.ts";

export type Row = readonly [ticket: string, related: string];

/** A simulator, a client of it and a ledger of its own: in a folder, or in the bucket that the tests on a cluster have. */
export interface EngineHarness extends AsyncDisposable {
  simulator: Simulator;
  api: OsmClient;
  /** Opens the API for chunks; all chunks of a process share one connector. */
  connector: ApiConnector;
  openConnector(options?: Partial<OsmClientOptions>): ApiConnector;
  ledger: Ledger;
  /** Plans and commits rows as a batch. */
  plan(rows: readonly Row[], options?: Partial<PlanRequest>): Promise<BatchRecord>;
  /** Outcome of each row, in order. */
  outcomes(batchId: string): Promise<string[]>;
}

/** Does not limit the rate: tests wait for events, not for permits. */
export async function openEngineHarness(config: SimulatorConfig = {}): Promise<EngineHarness> {
  const simulator = await startTestSimulator(config);
  const folder = await mkdtemp(join(tmpdir(), "caselink-harness-"));
  const { CASELINK_TEST_LEDGERS: ledgers } = process.env;
  const ledger = openLedger(ledgers === undefined ? join(folder, "ledger") : `${ledgers}/${newBatch()}`);
  // The worker's: it takes half the processor time of the global fetch.
  const transport = createNodeTransport({ connections: 64 });
  let files = 0;
  const client: OsmClientOptions = {
    endpoint: simulator.url,
    auth: staticToken("demo-token"),
    fetch: transport,
    rateLimiter: noRateLimit,
    sleep: async () => undefined,
  };
  return {
    simulator,
    ledger,
    api: createOsmClient(client),
    connector: createApiConnector(client),
    openConnector: (options) => createApiConnector({ ...client, ...options }),
    async plan(rows, options) {
      const path = join(folder, `rows-${files++}.csv`);
      await writeFile(path, ["case_id,related_id,group_id", ...rows.map((row) => `${row.join(",")},g`), ""].join("\n"));
      const planned = await ledger.plan({
        inputs: [{ path }],
        endpoint: simulator.url,
        overLimit: "refuse",
        giveUpAfterMs: 86_400_000,
        // Temporal has the batches of many ledgers: four random digits are not enough.
        id: newBatch(),
        ...options,
      });
      return planned.commit();
    },
    async outcomes(batchId) {
      const out = join(folder, "report.jsonl");
      await ledger.report(batchId, { format: "jsonl", out });
      const lines = (await readFile(out, "utf8")).trim().split("\n");
      return lines.map((line) => String((JSON.parse(line) as { outcome: string | null }).outcome));
    },
    async [Symbol.asyncDispose]() {
      await transport.close();
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
