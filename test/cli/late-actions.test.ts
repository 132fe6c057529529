// A blocked batch also tries again by itself: it may end between an operator's look at it and the action.
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { connectToTemporal } from "@caselink/test-support/cluster";
import { openCluster } from "@caselink/test-support/cli";
import { createAuthority, startTlsProxy } from "@caselink/test-support/tls";
import { BatchClient } from "@caselink/workflows";
import { expect, inject, test } from "vitest";

const ACCOUNTED = "Every row is accounted for.";

test.for([
  { end: "completes", args: ["resume"], status: 0, said: ACCOUNTED },
  { end: "completes", args: ["cancel"], status: 0, said: ACCOUNTED },
  { end: "completes", args: ["pause"], status: 2, said: "is already completed: see caselink report" },
  { end: "completes", args: ["rate", "5"], status: 2, said: "is already completed: see caselink report" },
  { end: "is cancelled", args: ["resume"], status: 2, said: "is already cancelled: see caselink report" },
  { end: "is cancelled", args: ["cancel"], status: 0, said: ACCOUNTED },
])("$args.0 of a batch that $end before it arrives exits with $status", async ({ end, args, status, said }) => {
  const [command = "", ...more] = args;
  const authority = await createAuthority("authority");
  const certificate = await authority.issue("temporal");
  const batch = newBatch("late");
  const batches = new BatchClient(await connectToTemporal());
  await using stage = await openCluster({ forbiddenTickets: ".*" });
  // The action reaches Temporal when the batch has ended.
  const before = async (operation: string): Promise<void> => {
    if (operation !== "UpdateWorkflowExecution") return;
    if (end === "is cancelled") await batches.cancel(batch);
    else stage.simulator.configure({ forbiddenTickets: ["T3"] });
    await batches.summary(batch);
  };
  await using proxy = await startTlsProxy({ target: inject("temporalAddress"), certificate, before });
  const env = { TEMPORAL_ADDRESS: proxy.address, TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.cert };
  await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(30)));
  expect((await stage.run(["run", "in.csv", "--batch", batch, "--yes"])).status).toBe(4);
  const late = await stage.run([command, batch, ...more], { env });
  expect([late.status, late.stdout + late.stderr]).toEqual([status, expect.stringContaining(said)]);
  expect(late.stderr).not.toMatch(/CASELINK_DEBUG|\n\s+at /);
});

test("an action on a batch that was terminated before it arrives says so, and exits with 130", async () => {
  const authority = await createAuthority("authority");
  const certificate = await authority.issue("temporal");
  const batch = newBatch("late");
  const { workflow } = await connectToTemporal();
  const before = async (operation: string): Promise<void> => {
    if (operation === "UpdateWorkflowExecution") await workflow.getHandle(`caselink-batch:${batch}`).terminate();
  };
  await using proxy = await startTlsProxy({ target: inject("temporalAddress"), certificate, before });
  await using stage = await openCluster();
  const env = { TEMPORAL_ADDRESS: proxy.address, TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.cert };
  await stage.write("in.csv", csv(...rowsOf(3)));
  await stage.run(["run", "in.csv", "--batch", batch, "--yes", "--detach"]);
  const late = await stage.run(["pause", batch], { env });
  expect([late.status, late.stderr]).toEqual([130, expect.stringContaining("was terminated in Temporal")]);
  expect(late.stderr).toContain(`caselink attach ${batch}`);
});
