import { expect, test } from "vitest";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const table = (...rows: string[]): string => `case_id,related_id,group_id\n${rows.map((row) => `${row},g\n`).join("")}`;
const ADVICE = "each spelling is a ticket of its own; use one if they are the same";

test("ids that differ only in case are a warning with the first pair and the count, and are sent unchanged", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({
    "in.csv": table("T1,R1", "SR-a,R2", "SR-A,R3", "sr-a,R4", "Xb,r5", "xb,R5", "T2,R6"),
  });
  expect(planned.errors).toEqual([]);
  const common = { severity: "warning", file: temporary.path("in.csv"), value: "", advice: ADVICE };
  expect(planned.warnings).toEqual([
    {
      ...common,
      line: 3,
      column: "case_id",
      reason: '2 ids occur in several spellings, such as "SR-a" and "SR-A", which differ only in upper and lower case',
    },
    {
      ...common,
      line: 6,
      column: "related_id",
      reason: '1 id occurs in several spellings, such as "r5" and "R5", which differ only in upper and lower case',
    },
  ]);
  expect(planned.record.counts).toMatchObject({ rows: 7, to_send: 7, tickets: 7 });
});

test("ids that differ only in Unicode normalisation are a warning", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": table("T\u00C9,R1", "TE\u0301,R2") });
  expect(planned.warnings.map(({ line, column, reason }) => [line, column, reason])).toEqual([
    [
      2,
      "case_id",
      expect.stringMatching(/^1 id occurs in several spellings, such as .* differ only in Unicode normalisation$/),
    ],
  ]);
});

test.for([
  ["equal ids", ["Ta,R1", "Ta,R2", "Tb,R1"]],
  ["a ticket and a related ticket", ["Ta,TA", "TB,tb"]],
  ["lower case alone", ["ta,ra", "tb,rb"]],
  ["an invalid row", ["Ta,R1", "TA,TA"]],
] as const)("no warning: %s", async ([, rows]) => {
  await using temporary = await createTemporaryLedger();
  expect((await temporary.plan({ "in.csv": table(...rows) })).warnings).toEqual([]);
});
