import { csv, newBatch } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";
import { expect, test } from "vitest";

test("plan and run warn of ids that differ only in case, also with --json, and the report has every row", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g", "t1,R2,g"));
  const plan = await stage.run(["plan", "in.csv"]);
  const warning = '1 id occurs in several spellings, such as "T1" and "t1", which differ only in upper and lower case';
  expect(plan.stdout.replaceAll(/\s+/g, " ")).toContain(`in.csv line 2, case_id: ${warning};`);
  expect(Math.max(...plan.stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  const notice = { event: "notice", file: "in.csv", line: 2, column: "case_id", reason: warning };
  expect((await stage.run(["plan", "in.csv", "--json"])).lines()).toContainEqual(expect.objectContaining(notice));
  const batch = newBatch("spelling");
  const run = await stage.run(["run", "in.csv", "--batch", batch, "--yes", "--json"]);
  expect(run.lines()).toContainEqual(expect.objectContaining(notice));
  expect(run.stderr.replaceAll(/\s+/g, " ")).toContain(warning);
  expect((await stage.report(batch)).map(({ case_id, outcome }) => [case_id, outcome])).toEqual([
    ["T1", "created"],
    ["t1", "created"],
  ]);
});
