import { readFile, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { openDatabase, sqlText } from "../src/database.ts";
import { openInputFile } from "../src/plan/files/input-file.ts";
import { parseColumnMap } from "../src/plan/columns/column-map.ts";
import { readInputs } from "../src/plan/readers/read-inputs.ts";
import { tooLongValues } from "../src/plan/too-long-values.ts";
import { createTemporaryLedger, type TemporaryLedger } from "./temporary-ledger.ts";

const HEADER = "case_id,related_id,group_id,note\n";

/** Different values, so that none is stored once for many rows. */
const longText = (index: number, length: number) => `${index}`.padEnd(length, String.fromCharCode(97 + (index % 26)));

const REQUEST = { endpoint: "https://api.example.com", overLimit: "refuse", giveUpAfterMs: 1000 } as const;

/** Previews, plans and reports a file. Returns the rows to send and the bytes of the report. */
async function runThrough({ ledger, path }: TemporaryLedger, input: string) {
  const request = { ...REQUEST, inputs: [{ path: input }] };
  const preview = await ledger.preview(request);
  await preview.discard();
  const planned = await ledger.plan(request);
  expect(planned.record.counts).toEqual(preview.record.counts);
  const { id, counts } = await planned.commit();
  const { rows } = await ledger.report(id, { format: "csv", out: path("out.csv") });
  expect(rows).toBe(counts.rows);
  return { planned, counts, bytes: (await stat(path("out.csv"))).size };
}

test.each([
  ["a plain CSV", ""],
  ["a CSV with quotation marks", '"'],
])("%s with texts of 20,000 characters in every row is planned and reported", async (_, quote) => {
  await using temporary = await createTemporaryLedger();
  const lines = Array.from({ length: 2000 }, (__, at) => `T${at},r,g,${quote}${longText(at, 20_000)}${quote}\n`);
  const { counts, bytes } = await runThrough(temporary, await temporary.write("in.csv", HEADER + lines.join("")));
  expect(counts).toMatchObject({ rows: 2000, to_send: 2000 });
  expect(bytes).toBeGreaterThan(2000 * 20_000);
});

test("invalid rows with long texts are whole in the rejects file", async () => {
  await using temporary = await createTemporaryLedger();
  const lines = Array.from({ length: 2000 }, (_, at) => `T${at},${at === 0 ? "r" : ""},g,${longText(at, 20_000)}\n`);
  const { planned } = await runThrough(temporary, await temporary.write("in.csv", HEADER + lines.join("")));
  expect(await planned.writeRejects(temporary.path("rejects.csv"))).toBe(1999);
  const rejects = (await readFile(temporary.path("rejects.csv"), "utf8")).trimEnd().split("\n");
  expect([rejects[0], rejects.length]).toEqual([HEADER.replace("\n", ",reason"), 2000]);
  const isWhole = (line: string, at: number): boolean =>
    rejects[at + 1]?.startsWith(line.replace("\n", ",")) === true &&
    rejects[at + 1]?.includes(`line ${at + 3}, related_id """": missing`) === true;
  expect(lines.slice(1).findIndex((line, at) => !isWhole(line, at))).toBe(-1);
});

test.each([
  ["one text of 20 MB", "CASE WHEN range = 5 THEN repeat('x', 20_000_000) ELSE '' END", 10],
  ["a text of 512 characters in each of 100,000 rows", "repeat(md5(range::VARCHAR), 16)", 100_000],
])("Parquet with %s is planned and reported", async (_, note, rows) => {
  await using temporary = await createTemporaryLedger();
  const database = await openDatabase(temporary.path("spill"));
  await database.run(
    `COPY (SELECT 'T' || range AS case_id, 'r' AS related_id, 'g' AS group_id, ${note} AS note FROM range(${rows}))
     TO ${sqlText(temporary.path("in.parquet"))} (FORMAT parquet)`,
  );
  database.close();
  const { counts } = await runThrough(temporary, temporary.path("in.parquet"));
  expect(counts).toMatchObject({ rows, to_send: rows });
});

test("an input that needs more than the machine's memory is reported as such", async () => {
  await using temporary = await createTemporaryLedger();
  const database = await openDatabase(temporary.path("spill"), { memoryLimitMb: 40, lastResortMb: 320 });
  const query = "SELECT md5(string_agg(repeat('x', 1_000_000) || range, '')) AS sum FROM range(500)";
  const expected = { code: "memory", message: expect.stringMatching(/^320 MB of memory are not enough/) };
  await expect(database.all(query)).rejects.toThrow(expect.objectContaining(expected));
  await expect(database.stream(query).next()).rejects.toThrow(expect.objectContaining(expected));
  expect(await database.count("SELECT 1")).toBe(1);
  database.close();
});

test("the error for values that are too long names the longest one", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await temporary.write("in.csv", `${HEADER}T1,r1,g,short\nT2,r2,g,${longText(2, 1000)}\n`);
  const database = await openDatabase(temporary.path("spill"));
  const input = await openInputFile({ path }, temporary.folder, 0);
  const before = await tooLongValues(database, [input], new Error("no memory"));
  expect(before).toMatchObject({
    code: "input",
    message: expect.stringMatching(/in\.csv cannot be planned: this machine has too little memory/),
  });
  await readInputs(database, [input], { columnMap: parseColumnMap() });
  const error = await tooLongValues(database, [input], new Error("no memory"));
  expect(error).toMatchObject({
    code: "input",
    message: expect.stringMatching(/in\.csv, line 3: the value in column note has 1,000 characters.*split the file/),
    diagnostics: [{ file: path, line: 3, column: "note" }],
  });
  database.close();
});
