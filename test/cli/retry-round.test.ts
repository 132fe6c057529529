import { expect, test } from "vitest";
import { csv, newBatch } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";

test("a ticket that fails for a while is retried automatically after half a minute", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  // One failure more than a round has tries. The other ticket succeeds, so the failures do not count as an outage.
  stage.simulator.failNext({ operation: "create", ticket: "T1", fault: "http503", times: 5 });
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g"));
  const run = await stage.run(["run", "in.csv", "--batch", newBatch("later"), "--json"]);
  expect([run.status, run.last()]).toMatchObject([0, { created: 2, failed: 0 }]);
  expect(stage.simulator.pendingFaults()).toEqual([]);
});
