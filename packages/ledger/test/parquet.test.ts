import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openDatabase, sqlText } from "../src/database.ts";
import { InputError } from "../src/index.ts";
import { createTemporaryLedger, type TemporaryLedger } from "./temporary-ledger.ts";

/** Writes the result of a query. */
async function writeParquet(temporary: TemporaryLedger, query: string, name = "in.parquet"): Promise<string> {
  const database = await openDatabase(temporary.path("spill"));
  try {
    await database.run(`COPY (${query}) TO ${sqlText(temporary.path(name))} (FORMAT parquet)`);
  } finally {
    database.close();
  }
  return temporary.path(name);
}

async function planOf(temporary: TemporaryLedger, path: string) {
  const planned = await temporary.plan({}, { inputs: [{ path }] });
  const { id } = await planned.commit();
  await temporary.ledger.report(id, { format: "jsonl", out: temporary.path("out.jsonl") });
  const lines = (await readFile(temporary.path("out.jsonl"), "utf8")).trimEnd().split("\n");
  const rows = lines.map((line): Record<string, unknown> => JSON.parse(line));
  return { planned, rows };
}

/** Returns the text of an SQL literal. */
const textOf = (literal: string) => literal.replace(/'(.*)'.*/, "$1");

test.each([
  ["texts", "'T1'", "'r1'", "VARCHAR"],
  ["whole numbers", "17", "18", "BIGINT"],
  ["texts written without saying so", "'T1'::BLOB", "'r1'::BLOB", "BLOB"],
])("ids may be %s", async (_, ticket, related) => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(
    temporary,
    `SELECT ${ticket} AS case_id, ${related} AS "related_id", 'g' AS "Group ID", 5 AS n`,
  );
  const { planned, rows } = await planOf(temporary, path);
  expect(planned.errors).toEqual([]);
  expect(rows).toMatchObject([
    { line: 1, case_id: textOf(ticket), related_id: textOf(related), group_id: "g", n: "5" },
  ]);
});

test("each element of a list of related ids is a row, and the line is the number of the row in the file", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(
    temporary,
    "SELECT * FROM (VALUES ('T1', ['r1', ' r2 '], 'g'), ('T2', [], 'g'), (' T3 ', NULL, 'g'), ('T4', [NULL, 'r1'], 'g'), (NULL, ['r1'], 'g')) AS t(\"Case ID\", related_id_list, group_id)",
  );
  const { planned, rows } = await planOf(temporary, path);
  expect(
    rows.filter(({ outcome }) => outcome === null).map(({ line, case_id, related_id }) => [line, case_id, related_id]),
  ).toEqual([
    [1, "T1", "r1"],
    [1, "T1", "r2"],
    [4, "T4", "r1"],
  ]);
  expect(planned.errors.map(({ line, column, reason }) => [line, column, reason])).toEqual([
    [2, "related_id_list", "missing"],
    [3, "related_id_list", "missing"],
    [4, "related_id_list", "missing"],
    [5, "Case ID", "missing"],
  ]);
  await planned.writeRejects(temporary.path("rejects.csv"));
  const missing = (line: number, column: string) =>
    `${temporary.path("in.parquet")} line ${line}, ${column} """": missing; give the column a value`;
  expect(await readFile(temporary.path("rejects.csv"), "utf8")).toBe(
    `\ufeffCase ID,related_id_list,group_id,reason
T2,,g,"${missing(2, "related_id_list")}"
T3,,g,"${missing(3, "related_id_list")}"
T4,,g,"${missing(4, "related_id_list")}"
,r1,g,"${missing(5, "Case ID")}"
`,
  );
});

test("numbers with decimals, and dates, are reported by what they are", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(
    temporary,
    "SELECT 20260114.0::DOUBLE AS case_id, DATE '2026-01-14' AS related_id, 2.5e20::DOUBLE AS group_id, {'a': [1]} AS deep",
  );
  const { planned, rows } = await planOf(temporary, path);
  expect(planned.errors.map(({ column, value, reason }) => [column, value, reason])).toEqual([
    ["case_id", "20260114.0", "looks like a number with decimals, not an id"],
    ["related_id", "2026-01-14", "looks like a date that a spreadsheet made of the id"],
    ["group_id", "2.5e+20", "looks like a number that a spreadsheet shortened"],
  ]);
  expect(rows).toMatchObject([{ deep: { a: [1] } }]);
});

test("numbers of other columns are reported as DuckDB shows them, also those that JSON cannot hold", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(
    temporary,
    `SELECT * FROM (VALUES
       ('T1', 'r1', 'g', 'nan'::DOUBLE, 1.10::DECIMAL(6,2), 9007199254740993::BIGINT, 12345678901234567890::UBIGINT,
         {'DOUBLE': 'nan'::DOUBLE, 'a "b" DOUBLE': ['inf'::FLOAT, 1.5], 'n': 7, 'wide': 9007199254740993}, MAP {'k': '-inf'::DOUBLE}, true),
       ('T2', 'r2', 'g', '-inf'::DOUBLE, NULL, 1, 2, NULL, MAP {'k': 0.1}, NULL),
       ('T3', 'r3', 'g', 'inf'::DOUBLE, 1, 1, 2, NULL, NULL, false))
     AS t(case_id, related_id, group_id, measure, price, big, bigger, deep, "a map", is_open)`,
  );
  const { rows } = await planOf(temporary, path);
  expect(rows).toMatchObject([
    {
      case_id: "T1",
      measure: "nan",
      price: "1.10",
      big: "9007199254740993",
      bigger: "12345678901234567890",
      deep: { DOUBLE: "nan", 'a "b" DOUBLE': ["inf", "1.5"], n: 7, wide: "9007199254740993" },
      "a map": { k: "-inf" },
      is_open: "true",
    },
    { case_id: "T2", measure: "-inf", price: null, big: "1", deep: null, "a map": { k: "0.1" }, is_open: null },
    { case_id: "T3", measure: "inf", price: "1.00", bigger: "2", "a map": null, is_open: "false" },
  ]);
  const [record] = await temporary.ledger.batches();
  await temporary.ledger.report(record?.id ?? "", { format: "csv", out: temporary.path("out.csv") });
  expect(await readFile(temporary.path("out.csv"), "utf8")).toContain(
    ',nan,1.10,9007199254740993,12345678901234567890,"{',
  );
});

/** Renames columns in the file, because DuckDB writes no two columns of one name. The new names have the same length. */
async function rename(path: string, names: Record<string, string>): Promise<void> {
  let text = (await readFile(path)).toString("latin1");
  for (const [from, to] of Object.entries(names)) text = text.replaceAll(from, to);
  await writeFile(path, text, "latin1");
}

test("columns with the names that DuckDB gives to row numbers, and names that differ only in case, are read", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(
    temporary,
    `SELECT 'T' || range AS case_id, {'a': [range]} AS deep, 'r' AS related_id, 'g' AS group_id,
       7 + range AS file_row_number, 'f' AS filename, 3 AS line, 'c' AS c0, 'one' AS note, 'two' AS not_ FROM range(3)`,
  );
  await rename(path, { not_: "NOTE" });
  const { planned, rows } = await planOf(temporary, path);
  expect(planned.errors).toEqual([]);
  expect(planned.record.columns).toEqual(["deep", "file_row_number", "filename", "line", "c0", "note", "NOTE"]);
  expect(rows).toMatchObject(
    [0, 1, 2].map((index) => ({
      line: index + 1,
      case_id: `T${index}`,
      deep: { a: [`${index}`] },
      file_row_number: `${7 + index}`,
      filename: "f",
      input_line: "3",
      c0: "c",
      note: "one",
      NOTE: "two",
    })),
  );
});

test.each(["case_id", "CASE_ID"])("a second column %s is named, and nothing is planned", async (second) => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(
    temporary,
    "SELECT {'x': 1} AS deep, 'T' AS case_id, 'U' AS case_ix, 'r' AS related_id, 'g' AS group_id",
  );
  await rename(path, { case_ix: second });
  const advice = second === "case_id" ? "Rename all but one." : "Rename all but one, or name the right one with --map";
  await expect(temporary.plan({}, { inputs: [{ path }] })).rejects.toThrow(
    `has more than one column for the same field: "case_id" and "${second}". ${advice}`,
  );
});

test("of two columns whose names differ only in case, a map means the one with its very name", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(
    temporary,
    "SELECT 'T' AS case_id, 'U' AS case_ix, 'r' AS related_id, 'g' AS group_id",
  );
  await rename(path, { case_ix: "CASE_ID" });
  for (const [name, ticket] of [
    ["case_id", "T"],
    ["CASE_ID", "U"],
  ] as const) {
    const planned = await temporary.plan({}, { inputs: [{ path }], map: { case_id: name } });
    const [chunk = ""] = Object.entries(planned.record.chunks).flatMap(([lane, count]) =>
      count > 0 ? [`${lane}-00000`] : [],
    );
    expect(await planned.readChunk(chunk)).toMatchObject([{ ticket }]);
  }
});

test("a column of a type that cannot hold ids is rejected", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(temporary, "SELECT {'id': 1} AS case_id, 'r' AS related_id, 'g' AS group_id");
  const planned = temporary.plan({}, { inputs: [{ path }] });
  await expect(planned).rejects.toThrow(/has the type STRUCT.* in column case_id/);
  await expect(planned).rejects.toMatchObject({
    diagnostics: [{ line: 1, column: "case_id", advice: expect.stringContaining("Write the ids as text") }],
  });
});

test("a Parquet file that is cut short or damaged is rejected", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(
    temporary,
    "SELECT 'T' || range AS case_id, 'r' AS related_id, 'g' AS group_id FROM range(1000)",
  );
  const whole = await readFile(path);
  const turned = Buffer.from(whole);
  turned.fill(0xff, 40, 140);
  for (const content of [whole.subarray(0, -50), whole.subarray(0, 4), turned]) {
    const error = await temporary.plan({ "bad.parquet": content }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/bad\.parquet is a damaged Parquet file.*convert it to CSV/),
    });
  }
});

test("a Parquet file without a row is rejected", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await writeParquet(temporary, "SELECT 'T' AS case_id, 'r' AS related_id, 'g' AS group_id WHERE false");
  await expect(temporary.plan({}, { inputs: [{ path }] })).rejects.toThrow(/no row/);
});
