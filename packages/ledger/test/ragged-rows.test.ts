import { expect, test } from "vitest";
import type { PlanRequest } from "../src/index.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const HEADER = "case_id,related_id,group_id,note\r\n";

async function planOf(content: string, request?: Partial<PlanRequest>) {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": content }, request);
  const { counts } = planned.record;
  const place = ({ line, column, reason }: (typeof planned.warnings)[number]) => [line, column, reason];
  return { counts, errors: planned.errors.map(place), warnings: planned.warnings.map(place) };
}

test("rows without their trailing empty cells are read, as spreadsheets write them", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => `SR${index},RL${index},g${index < 16 ? ",x" : ""}\r\n`);
  const { counts, errors, warnings } = await planOf(HEADER + rows.join(""));
  expect(counts).toMatchObject({ lines: 40, rows: 40, to_send: 40 });
  expect([errors, warnings]).toEqual([[], []]);
});

test("a trailing cell may be missing if its column needs no value: an empty group with --group-id, one of several related ids", async () => {
  const short = await planOf("case_id,related_id,related_id2,group_id\nA,r\nB,r,s\nC,,s\nD\n", { groupId: "g" });
  expect(short.counts).toMatchObject({ rows: 5, to_send: 4 });
  expect(short.errors).toEqual([[5, "related_id", "has 1 field; the header has 4"]]);
  const without = await planOf("case_id,related_id,related_id2,group_id\nA,r\n\nB,r,s,g\n");
  expect(without.errors).toEqual([[2, "related_id2", "has 2 fields; the header has 4"]]);
});

test("empty cells after the last column are ignored, and others are an error", async () => {
  const { counts, errors } = await planOf("case_id,related_id,group_id\nA,r,g,\nB,r,g, ,\nC,r,g,,x\n");
  expect(counts).toMatchObject({ rows: 3, to_send: 2 });
  expect(errors).toEqual([[4, undefined, "has 5 fields; the header has 3"]]);
});

test("a last line with missing cells and no line end may be cut short: it is a warning", async () => {
  const cut = await planOf(`${HEADER}A,r,g,n\r\nB,r,g`);
  expect([cut.counts.to_send, cut.errors]).toEqual([2, []]);
  expect(cut.warnings).toEqual([
    [3, undefined, "the last line has 3 fields of 4 and no line end: the file may be cut short"],
  ]);
  expect((await planOf(`${HEADER}A,r,g\r\nB,r,g,n`)).warnings).toEqual([]);
});

const HIDES = "a value in quotation marks goes on to line 3; one of its lines looks like a row, which is not read";

test.each([
  ["in one column", `${HEADER}SR1,RL1,g,"open\nSR2,RL2,g,"\nSR3,RL3,g,fine\n`, 2, HIDES],
  ["at the end of a value", `${HEADER}SR1,RL1,g,"open\nSR2,RL2,g,5"\nSR3,RL3,g,fine\n`, 2, HIDES],
  [
    "in different columns",
    'case_id,related_id,group_id,note,remark,owner\nSR1,RL1,g,"open,x,y\nSR2,RL2,g,n,5",z\nSR3,RL3,g,n,r,o\n',
    2,
    HIDES,
  ],
  [
    "over several lines",
    `${HEADER}SR1,RL1,g,"open\nSR2,RL2,g,x\nSR3,RL3,g,y\nSR4,RL4,g,"\nSR5,RL5,g,fine\n`,
    2,
    "a value in quotation marks goes on to line 5; 3 of its lines look like rows, which are not read",
  ],
  ["in a list of related ids", 'case_id;group_id;related_ids\nSR1;g;"RL1\nSR2;g;RL2"\n', 2, HIDES],
])("two stray quotation marks %s that hide rows are a warning with the lines", async (_, content, line, reason) => {
  const { warnings } = await planOf(content);
  expect(warnings.map(([at, , why]) => [at, why])).toContainEqual([line, reason]);
});

test("line breaks in ordinary values are no warning", async () => {
  const notes = ["Hello,\nthe disk, and so on, is full\nBye", "a\nb,c", "one, two\nthree, four", "1\n2\n3"];
  const rows = notes.map((note, index) => `SR${index},RL${index},g,"${note}"\r\n`);
  const { warnings, counts } = await planOf(HEADER + rows.join(""));
  expect([warnings, counts.to_send]).toEqual([[], 4]);
});

test("a column that may be meant as related ids and is not read is a warning", async () => {
  const { warnings, counts } = await planOf(
    "case_id,related_id,related_2,关联3,Linked ticket ID,group_id\nA,r,s,t,u,g\n",
  );
  expect(counts).toMatchObject({ rows: 1, to_send: 1 });
  const reason = "is not read as related ids, because related_id is";
  expect(warnings).toEqual([
    [1, "related_2", reason],
    [1, "关联3", reason],
    [1, "Linked ticket ID", reason],
  ]);
});

test("a lone carriage return that hides a row in a file with other line ends is a warning", async () => {
  const header = "case_id,related_id,group_id,a,b,c,d\n";
  const { counts, warnings } = await planOf(`${header}A,r,g,n\rB,s,g\nC,t,g,x,,,\n`);
  expect(counts).toMatchObject({ rows: 2, to_send: 2 });
  expect(warnings).toEqual([
    [2, "a", "a value has a carriage return alone, which ends no line here; what follows it looks like a row"],
  ]);
});
