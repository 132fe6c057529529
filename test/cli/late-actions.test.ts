// A blocked batch also tries again by itself: it may end between an operator's look at it and the action.
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";
import { createAuthority, startTlsProxy } from "@caselink/test-support/tls";
import { BatchClient } from "@caselink/workflows";
import { Client, Connection } from "@temporalio/client";
import { expect, inject, onTestFinished, test } from "vitest";

async function openBatches(): Promise<BatchClient> {
  const connection = await Connection.connect({ address: inject("temporalAddress") });
  onTestFinished(() => connection.close());
  return new BatchClient(new Client({ connection }));
}

test.for([
  { args: ["resume"], status: 0, said: "Every row is accounted for." },
  { args: ["cancel"], status: 0, said: "Every row is accounted for." },
  { args: ["pause"], status: 2, said: "is already completed: see caselink report" },
  { args: ["rate", "5"], status: 2, said: "is already completed: see caselink report" },
])(
  "$args.0 of a batch that ends before it arrives exits with $status",
  async ({ args: [command, ...more], status, said }) => {
    const authority = await createAuthority("authority");
    const certificate = await authority.issue("temporal");
    const batch = newBatch("late");
    const batches = await openBatches();
    await using stage = await openCluster({ forbiddenTickets: ".*" });
    // The action reaches Temporal when the batch has ended.
    const before = (operation: string): Promise<unknown> | undefined => {
      if (operation !== "UpdateWorkflowExecution") return undefined;
      stage.simulator.configure({ forbiddenTickets: [] });
      return batches.summary(batch);
    };
    await using proxy = await startTlsProxy({ target: inject("temporalAddress"), certificate, before });
    const env = { TEMPORAL_ADDRESS: proxy.address, TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.cert };
    await stage.startWorker();
    await stage.write("in.csv", csv(...rowsOf(30)));
    expect((await stage.run(["run", "in.csv", "--batch", batch, "--yes"])).status).toBe(4);
    const late = await stage.run([command ?? "", batch, ...more], { env });
    expect([late.status, late.stdout + late.stderr]).toEqual([status, expect.stringContaining(said)]);
    expect(late.stderr).not.toMatch(/CASELINK_DEBUG|\n\s+at /);
  },
);
