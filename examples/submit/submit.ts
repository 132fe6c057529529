// Plans rows from a program, starts them as a batch, and prints every row with its outcome. A caselink worker works the batch.
import { openLedger } from "@caselink/ledger";
import { readApiConfig } from "@caselink/worker/config";
import { BatchClient } from "@caselink/workflows";
import { Client, Connection } from "@temporalio/client";

/** Stands for your source: a database, a queue, another API. */
async function* rowsToAssociate() {
  yield { case_id: "SR1701", related_id_list: ["SR2701", "SR2702"], group_id: "group-1", owner: "Ada" };
  yield { case_id: "SR1702", related_id: "SR2701", group_id: "group-1", owner: "Lin" };
}

const [id = "submit-1"] = process.argv.slice(2);
// The address of the API, and whose batch it is: only workers with the same credentials work it.
const { endpoint, account } = readApiConfig(process.env);
const ledger = openLedger(process.env["CASELINK_LEDGER"] ?? "ledger");
const connection = await Connection.connect({ address: process.env["TEMPORAL_ADDRESS"] ?? "127.0.0.1:7233" });
const batches = new BatchClient(new Client({ connection }));

const plan = await ledger.plan({
  inputs: [{ rows: rowsToAssociate(), name: "the nightly job" }],
  id,
  endpoint,
  ...(account !== undefined && { account }),
});
if (plan.errorCount > 0) {
  for (const { line, column, reason } of plan.errors) console.error(`row ${line}, ${column}: ${reason}`);
  await plan.discard();
  process.exit(2);
}

// With the same id and the same rows, a program that starts again continues with the batch that it started before.
const batch = await plan.commit();
const { wasStarted } = await batches.start(batch);
console.log(wasStarted ? "follows" : "started", batch.id);

const summary = await batches.summary(batch.id);
console.log(summary.state, { rows: summary.rows, created: summary.created });
for await (const row of ledger.rows(batch.id))
  console.log(row.case_id, row.related_id, row.outcome, row.other["owner"]);
await connection.close();
