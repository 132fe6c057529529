import { csv, newBatch } from "@caselink/test-support";
import { openCluster, type CliHarness } from "@caselink/test-support/cli";
import { expect, test } from "vitest";
import { checkReports, checkServer, checkVerify } from "./check-chaos.ts";

const ROWS = ["T1,r1,g", "T1,r2,g", "T2,r1,g", "T3,r4,g"];
const BEFORE = { T3: ["r1", "r2", "r3"] };

/** A request of someone else, which no batch knows of. */
async function change(stage: CliHarness, method: "POST" | "DELETE", ticket: string, related: string): Promise<void> {
  const body = method === "POST" ? { related_id_list: [related], group_id: "g" } : { related_id: related };
  const { status } = await fetch(`${stage.simulator.url}/v2/servicerequest/cases/${ticket}/relations`, {
    method,
    headers: { "content-type": "application/json", "x-auth-token": "demo-token" },
    body: JSON.stringify(body),
  });
  expect(status).toBe(200);
}

const factsOf = (inputRows = ROWS.length) => ({ inputRows, cancelled: new Set<string>(), readLagMs: 0, env: {} });

test("the checker of chaos runs accepts a batch and its undo, and finds what no batch has reported", async () => {
  await using stage = await openCluster({ tickets: BEFORE, limitEnforced: false });
  await stage.startWorker();
  await stage.write("in.csv", csv(...ROWS));
  const batch = newBatch("checked");
  await stage.run(["run", "in.csv", "--batch", batch, "--yes", "--json"]);
  expect([...(await checkReports(stage, factsOf())), ...checkServer(stage.simulator, 3)]).toEqual([]);

  await change(stage, "DELETE", "T1", "r1");
  expect(await checkReports(stage, factsOf())).toEqual([
    "T1 r1 was removed, and no undo says so",
    "T1 r1 is not there",
  ]);
  expect(await checkVerify(stage, batch, {})).toEqual([expect.stringContaining('"kind":"missing"')]);

  await change(stage, "POST", "T1", "r1");
  expect(await checkReports(stage, factsOf())).toEqual([
    "T1 r1 was created 2 times",
    "T1 r1 was removed, and no undo says so",
  ]);

  await stage.run(["undo", batch, "--yes"]);
  await change(stage, "POST", "T4", "r1");
  await change(stage, "POST", "T3", "r9");
  expect(await checkReports(stage, factsOf(5))).toEqual([
    `the report of ${batch} has 4 rows`,
    "T1 r1 was created 2 times",
    "T4 r1 was created, and no batch says so",
    "T3 r9 was created, and no batch says so",
    "T1 r1 was removed 2 times",
  ]);
  expect(checkServer(stage.simulator, 3).map((violation) => violation.slice(0, 17))).toEqual([
    "overLimitAsked: T",
    "overLimitStored: ",
  ]);
});

test("the checker of chaos runs finds a row over the limit on a ticket that never was full", async () => {
  await using stage = await openCluster({ tickets: BEFORE });
  await stage.startWorker();
  await stage.write("in.csv", csv(...ROWS));
  const batch = newBatch("checked");
  await stage.run(["run", "in.csv", "--batch", batch, "--yes", "--json"]);
  stage.simulator.reset({ tickets: {} });
  for (const row of ROWS.slice(0, 3)) {
    const [ticket = "", related = ""] = row.split(",");
    await change(stage, "POST", ticket, related);
  }
  expect(await checkReports(stage, factsOf())).toEqual([
    expect.stringMatching(`^${batch} says limit_reached of T3 r4; the ticket held 0 meanwhile`),
  ]);
});
