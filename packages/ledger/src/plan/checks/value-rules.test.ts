import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase, sqlText } from "../../database.ts";
import { invalidSql, rulesFor } from "./value-rules.ts";

/** The pieces from which the test builds damaged values. */
const PIECES =
  "total|sub-|Subtotals|合计|12:30|1,114,114|jan|March|sept|dec|may|1|12|31|114|2026|1999|-|.|,|:|/| |T|年|月|日|E+|e|true|FALSE|null|NaN|n/a|#N/A|#|'|=|x|\u0007|\u200b|\u00a0|\ufffd|Ａ".split(
    "|",
  );

test("the cheap condition holds for whatever a rule refuses", async () => {
  const folder = await mkdtemp(join(tmpdir(), "value-rules-"));
  const database = await openDatabase(folder);
  try {
    const made = fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => pieces.join(""));
    const values = [...PIECES, ...fc.sample(made, { numRuns: 20_000, seed: 7 }), "y".repeat(65)];
    await database.run(`CREATE TABLE found AS SELECT unnest([${values.map(sqlText).join(", ")}]) AS case_id`);
    const { rules, suspect } = rulesFor("case_id", false);
    const counts = await database.all(
      `SELECT ${rules.map((rule, index) => `count_if(${rule.when("case_id")}) AS rule_${index}`).join(", ")} FROM found`,
    );
    // Without an example of each the rest would say nothing.
    const withoutExample = rules.filter((_, index) => Number(counts[0]?.[`rule_${index}`]) === 0);
    expect(withoutExample.map((rule) => rule.reason("case_id"))).toEqual([]);
    const missed = await database.all(
      `SELECT case_id FROM found WHERE ${invalidSql("'case_id'", "case_id", false)} AND NOT ${suspect}`,
    );
    expect(missed).toEqual([]);
  } finally {
    database.close();
    await rm(folder, { recursive: true, force: true });
  }
});
