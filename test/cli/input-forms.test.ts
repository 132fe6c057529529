import { expect, test } from "vitest";
import { TEST_FORMS } from "../../packages/ledger/test/input-files.ts";
import { createTemporaryLedger } from "../../packages/ledger/test/temporary-ledger.ts";
import { newBatch } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";

test("one batch reads inputs of every file format", async () => {
  await using temporary = await createTemporaryLedger();
  await using stage = await openCluster();
  await stage.startWorker();
  const names: string[] = [];
  for (const [index, { name, write }] of TEST_FORMS.entries()) {
    const row = [`T${index}`, "R1 R2", "g", `row of ${name}`];
    const content = await write({ header: ["case_id", "related_ids", "group_id", "note"], rows: [row] }, temporary);
    await stage.write(name, content);
    names.push(name);
  }
  expect(names).toEqual(expect.arrayContaining(["in.xlsx", "in.parquet", "in.csv.gz", "utf-16.csv"]));
  const plan = await stage.run(["plan", ...names, "--json"]);
  const counts = { rows: names.length * 2, to_send: names.length * 2, tickets_to_send: names.length };
  expect([plan.status, plan.last()]).toEqual([0, expect.objectContaining(counts)]);
  const batch = newBatch("forms");
  const run = await stage.run(["run", ...names, "--batch", batch, "--json"]);
  expect([run.status, run.last()]).toEqual([0, expect.objectContaining({ created: names.length * 2 })]);
  const report = await stage.run(["report", batch]);
  for (const name of names) expect(report.stdout).toContain(`row of ${name}`);
});
