import { expect, test } from "vitest";
import { csv, openStage } from "./stage.ts";

test("a ticket that fails for a while waits half a minute and is done by itself", { timeout: 90_000 }, async () => {
  await using stage = await openStage();
  // Once more than one round tries; the neighbour that succeeds keeps the failures from being the API's trouble.
  stage.simulator.failNext({ operation: "create", ticket: "T1", fault: "http503", times: 5 });
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g"));
  const run = await stage.run(["run", "in.csv", "--batch", "later", "--json"]);
  expect([run.status, run.last()]).toMatchObject([0, { created: 2, failed: 0 }]);
  expect(stage.simulator.pendingFaults()).toEqual([]);
});
