// One process with two workers on one connection: that of your own workflows, and caselink's.
import { fileURLToPath } from "node:url";
import { openLedger } from "@caselink/ledger";
import { createRateLimiter } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import { readApiConfig } from "@caselink/worker/config";
import { BatchClient, createApiConnector, createBatchWorker } from "@caselink/workflows";
import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { createActivities } from "./activities.ts";

const address = process.env["TEMPORAL_ADDRESS"] ?? "127.0.0.1:7233";
const { endpoint, account, authentication } = readApiConfig(process.env);
const ledger = openLedger(process.env["CASELINK_LEDGER"] ?? "ledger");

Runtime.install({
  logger: new DefaultLogger("WARN"),
  shutdownSignals: [], // both workers end together, below
});
const connection = await NativeConnection.connect({ address });

const rateLimiter = createRateLimiter({ maxRate: 50 });
const transport = createNodeTransport();
const api = createApiConnector({ endpoint, auth: authentication, rateLimiter, fetch: transport });
const caselink = await createBatchWorker({
  connection,
  namespace: "default",
  endpoint,
  account,
  api,
  rateLimiter,
  ledger,
  maxInFlight: 32,
});

const batches = new BatchClient(new Client({ connection: await Connection.connect({ address }) }));
const yours = await Worker.create({
  connection,
  taskQueue: "your-tasks",
  workflowsPath: fileURLToPath(new URL("workflows.ts", import.meta.url)),
  activities: createActivities({ ledger, batches, endpoint, account }),
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    yours.shutdown();
    caselink.shutdown();
  });
}
console.log("Both workers run.");
await Promise.all([yours.run(), caselink.run()]);
await transport.close();
await connection.close();
