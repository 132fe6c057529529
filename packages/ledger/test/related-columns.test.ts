import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { TEST_FORMS, type TestTable } from "./input-files.ts";
import { sentOfUntouchedRejects } from "./untouched-rejects.ts";
import { workbook } from "./workbook.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";

/** Plans a file and returns the rows of its report: line, ticket, related ticket and outcome. */
async function rowsOf({ plan, ledger, path }: TemporaryLedger, name: string, content: string | Buffer) {
  const planned = await plan({ [name]: content });
  const { id } = await planned.commit();
  await ledger.report(id, { format: "jsonl", out: path("report.jsonl") });
  const lines = (await readFile(path("report.jsonl"), "utf8")).trimEnd().split("\n");
  const rows = lines.map((line) => {
    const { line: at, case_id, related_id, outcome }: Record<string, unknown> = JSON.parse(line);
    return [at, case_id, related_id, outcome];
  });
  return { planned, rows };
}

const TABLE: TestTable = {
  header: ["case_id", "related_id", "note", "related_id2", "group_id", "Related ID 3"],
  rows: [
    ["A", "R1", "n", "R2", "g", "R3"],
    ["B", "", "n", " R4 ", "g", ""],
    ["C", "", "", "", "g", ""],
    ["D", "R5", "n", "D", "g", "#N/A"],
    ["E", "R6", "n", "R6", "g", ""],
  ],
};

test.each(TEST_FORMS)(
  "$name: each filled cell of several columns for related ids is a row of its line, and errors name its column",
  async ({ name, write, lineOf }) => {
    await using temporary = await createTemporaryLedger();
    const { planned, rows } = await rowsOf(temporary, name, await write(TABLE, temporary));
    const at = (index: number) => lineOf(TABLE, index);
    expect(rows).toEqual([
      [at(0), "A", "R1", null],
      [at(0), "A", "R2", null],
      [at(0), "A", "R3", null],
      [at(1), "B", "R4", null],
      [at(2), "C", "", "invalid"],
      [at(3), "D", "R5", null],
      [at(3), "D", "D", "invalid"],
      [at(3), "D", "#N/A", "invalid"],
      [at(4), "E", "R6", null],
      [at(4), "E", "R6", "duplicate"],
    ]);
    expect(planned.record.counts).toMatchObject({ lines: 5, rows: 10, invalid: 3, duplicate: 1, to_send: 6 });
    expect(planned.record.columns).toEqual(["note"]);
    expect(planned.errors.map(({ line, column, value }) => [line, column, value])).toEqual([
      [at(2), "related_id", ""],
      [at(3), "related_id2", "D"],
      [at(3), "Related ID 3", "#N/A"],
    ]);
    await planned.writeRejects(temporary.path("rejects"));
    const rejects = await readFile(temporary.path("rejects"), "utf8");
    expect(rejects).toContain(`line ${at(3)}, related_id2`);
    expect(rejects).not.toContain("R5");
    expect(await sentOfUntouchedRejects(temporary, planned)).toBe(0);
  },
);

test("a rejects file has an invalid related id in its own column, without the other ids of its line", async () => {
  await using temporary = await createTemporaryLedger();
  for (const [name, content] of [
    ["in.csv", csvOf(TABLE.rows, [...TABLE.header])],
    ["in.xlsx", workbook({ rows: [TABLE.header, ...TABLE.rows] })],
  ] as const) {
    const planned = await temporary.plan({ [name]: content });
    await planned.writeRejects(temporary.path("rejects"));
    const lines = (await readFile(temporary.path("rejects"), "utf8")).trimEnd().split("\n");
    const cells = lines.slice(1).map((text) => text.split(",").slice(0, 6).join(","));
    expect(cells).toEqual(["C,,,,g,", "D,,n,D,g,", "D,,n,,g,#N/A"]);
  }
});

test.each([
  ["related_id_1", "related_id_2"],
  ["related_id", "related_id"],
  ["related_id", "Related_ID"],
  ["related_id", "related_id.1"],
  ["related_id", "related_id (2)"],
  ["Related ticket 1 ID", "Related ticket 2 ID"],
  ["relatedIds1", "relatedIds2"],
  ["关联工单号1", "关联工单号2"],
  ["关联工单号", "关联工单号２"],
  ["关联工单①", "关联工单②"],
  ["关联工单一", "关联工单二"],
  ["关联工单1编号（必填）", "关联工单2编号（选填）"],
])("columns %s and %s are both read", async (first, second) => {
  await using temporary = await createTemporaryLedger();
  const content = csvOf([["T", "R1", "R2", "g"]], ["case_id", first, second, "group_id"]);
  const { planned, rows } = await rowsOf(temporary, "in.csv", content);
  expect(rows.map(([line, , related]) => [line, related])).toEqual([
    [2, "R1"],
    [2, "R2"],
  ]);
  expect([planned.record.columns, planned.warnings]).toEqual([[], []]);
});

test("cells of several columns for lists are split", async () => {
  await using temporary = await createTemporaryLedger();
  const content = "case_id;related_ids;related_ids_2;group_id\nT;R1,R2;R3|R4;g\nU;;R5 R6;g\n";
  for (const name of ["in.csv", "quoted.csv"]) {
    const { rows } = await rowsOf(temporary, name, name === "in.csv" ? content : content.replace("T", '"T"'));
    expect(rows.map(([line, , related]) => [line, related])).toEqual([
      [2, "R1"],
      [2, "R2"],
      [2, "R3"],
      [2, "R4"],
      [3, "R5"],
      [3, "R6"],
    ]);
  }
});

test.each([
  ["related_id", "related_ids", /more than one column/],
  ["Related ID", "Linked ticket ID", /more than one column.*"Related ID" and "Linked ticket ID"/],
  ["Related ID 2", "Related-ID-2", /more than one column/],
])("columns %s and %s could have the same ids twice: they are named", async (first, second, message) => {
  await using temporary = await createTemporaryLedger();
  const content = csvOf([["T", "R1", "R2", "g"]], ["case_id", first, second, "group_id"]);
  await expect(temporary.plan({ "in.csv": content })).rejects.toThrow(message);
});

test("a mapped column is the only one that is read", async () => {
  await using temporary = await createTemporaryLedger();
  const content = csvOf([["T", "R1", "R2", "g"]], ["case_id", "related_id", "related_id2", "group_id"]);
  const planned = await temporary.plan({ "in.csv": content }, { map: { related_id: "related_id2" } });
  expect(planned.record.counts).toMatchObject({ rows: 1, to_send: 1 });
  expect(planned.record.columns).toEqual(["related_id"]);
});
