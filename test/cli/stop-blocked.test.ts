import { expect, test } from "vitest";
import { csv, rowsOf } from "@caselink/test-support";
import { openProcessHarness } from "@caselink/test-support/cli";

const WRONG = { CASELINK_TOKEN: "not-a-token" };

test.for([
  ["cancel", { event: "summary", state: "cancelled", cancelled: 40 }, ["retry", "stop", "--yes"]],
  ["pause", { event: "pause" }, ["resume", "stop"]],
] as const)("%s of a batch that was blocked writes nothing before it stops", async ([action, event, goOn]) => {
  await using stage = await openProcessHarness();
  await stage.write("in.csv", csv(...rowsOf(40)));
  const blocked = await stage.run(["run", "in.csv", "--batch", "stop", "--yes"], { env: WRONG });
  expect(blocked.status).toBe(4);
  // The token of this command is valid, so that its worker could work the batch.
  const stopped = await stage.run([action, "stop", "--json"]);
  expect([stopped.status, stopped.last()]).toMatchObject([0, event]);
  expect(stage.simulator.counts().written).toBe(0);
  const finished = await stage.run([...goOn, "--json"]);
  expect([finished.status, finished.last()]).toMatchObject([0, { created: 40 }]);
});
