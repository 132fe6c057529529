// A blocked batch also tries again by itself: it may end between an operator's look at it and the action.
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { connectToTemporal } from "@caselink/test-support/cluster";
import { openCluster } from "@caselink/test-support/cli";
import { createAuthority, startTlsProxy } from "@caselink/test-support/tls";
import { BatchClient, batchWorkflowId } from "@caselink/workflows";
import { expect, inject, test } from "vitest";

/** A proxy in front of Temporal that forwards updates after `before`. @returns the variables that lead a command through it */
async function openProxy(before: () => Promise<unknown>): Promise<{ env: NodeJS.ProcessEnv } & AsyncDisposable> {
  const authority = await createAuthority("authority");
  const proxy = await startTlsProxy({
    target: inject("temporalAddress"),
    certificate: await authority.issue("temporal"),
    before: async (operation) => (operation === "UpdateWorkflowExecution" ? before() : undefined),
  });
  const env = { TEMPORAL_ADDRESS: proxy.address, TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.cert };
  return { env, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

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
  const batch = newBatch("late");
  const batches = new BatchClient(await connectToTemporal());
  await using stage = await openCluster({ forbiddenTickets: ".*" });
  await using proxy = await openProxy(async () => {
    if (end === "is cancelled") await batches.cancel(batch);
    else stage.simulator.configure({ forbiddenTickets: ["T3"] });
    await batches.summary(batch);
  });
  await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(30)));
  expect((await stage.run(["run", "in.csv", "--batch", batch, "--yes"])).status).toBe(4);
  const late = await stage.run([command, batch, ...more], proxy);
  expect([late.status, late.stdout + late.stderr]).toEqual([status, expect.stringContaining(said)]);
  expect(late.stderr).not.toMatch(/CASELINK_DEBUG|\n\s+at /);
});

test("an action on a batch that was terminated before it arrives says so, and exits with 130", async () => {
  const batch = newBatch("late");
  const { workflow } = await connectToTemporal();
  await using proxy = await openProxy(() => workflow.getHandle(batchWorkflowId(batch)).terminate());
  await using stage = await openCluster();
  await stage.write("in.csv", csv(...rowsOf(3)));
  await stage.run(["run", "in.csv", "--batch", batch, "--yes", "--detach"]);
  const late = await stage.run(["pause", batch], proxy);
  expect([late.status, late.stderr]).toEqual([130, expect.stringContaining("was terminated in Temporal")]);
  expect(late.stderr).toContain(`caselink attach ${batch}`);
});
