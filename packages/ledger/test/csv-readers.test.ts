import { formatCsvLine } from "@caselink/common";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase } from "../src/database.ts";
import { openInputFile } from "../src/plan/files/input-file.ts";
import { isPlainCsv } from "../src/plan/readers/plain-csv-reader.ts";
import { parseColumnMap } from "../src/plan/columns/column-map.ts";
import { readInputs } from "../src/plan/readers/read-inputs.ts";
import { createTemporaryLedger, type TemporaryLedger } from "./temporary-ledger.ts";

/** Returns the table that one of the readers makes of a file. */
async function tableOf(temporary: TemporaryLedger, path: string, plain: boolean) {
  const database = await openDatabase(temporary.path("spill"));
  try {
    const input = await openInputFile({ path }, temporary.folder, 0);
    const { rows, lines, columns } = await readInputs(database, [input], {
      plain,
      groupId: "g",
      columnMap: parseColumnMap(),
    });
    const table = await database.all('SELECT * FROM input ORDER BY "row"');
    const errors = await database.all('SELECT * FROM reader_error ORDER BY "row"');
    return { isPlain: isPlainCsv(input), rows, lines, columns, table, errors };
  } finally {
    database.close();
  }
}

const cell = fc.string({
  unit: fc.constantFrom("a", "B", "7", " ", "\u00a0", "ä", "日", "'", "#", "\\", "|"),
  maxLength: 5,
});

test("DuckDB's reader and the exact reader make the same table of a plain file", async () => {
  await using temporary = await createTemporaryLedger();
  const form = fc.record({
    rows: fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1, maxLength: 12 }),
    related: fc.constantFrom("related_id", "related_ids"),
    delimiter: fc.constantFrom(",", ";", "\t"),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    isEnded: fc.boolean(),
    mark: fc.constantFrom("", "\ufeff"),
  });
  let plainCount = 0;
  await fc.assert(
    fc.asyncProperty(form, async ({ rows, related, delimiter, lineEnd, isEnded, mark }) => {
      const lines = [["case_id", "note", related, "other 'one'"], ["T", "n", "r", "o"], ...rows].map((row) =>
        row.join(delimiter),
      );
      const path = await temporary.write("in.csv", mark + lines.join(lineEnd) + (isEnded ? lineEnd : ""));
      const plain = await tableOf(temporary, path, true);
      expect(plain).toEqual(await tableOf(temporary, path, false));
      if (plain.isPlain) plainCount++;
    }),
    { numRuns: 40 },
  );
  expect(plainCount).toBeGreaterThan(20);
});

test("the exact reader returns every value and counts lines as an editor does", async () => {
  await using temporary = await createTemporaryLedger();
  const value = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r\n", "x"), maxLength: 6 });
  const row = fc.record({ note: value, blankLinesBefore: fc.nat(2) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 8 }),
      fc.constantFrom("\n", "\r\n"),
      async (rows, lineEnd) => {
        let text = `case_id,related_id,note${lineEnd}`;
        const expected: [line: number, note: string][] = [];
        for (const { note, blankLinesBefore } of rows) {
          text += lineEnd.repeat(blankLinesBefore);
          expected.push([text.split("\n").length, note]);
          text += formatCsvLine(["T", "r", note]) + lineEnd;
        }
        const path = await temporary.write("in.csv", text);
        const { table } = await tableOf(temporary, path, false);
        const found = table.map(({ line, other }) => [line, JSON.parse(String(other)).note]);
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 40 },
  );
});

test("the time to read a file grows in proportion to its columns, up to as many as a sheet can have", async () => {
  await using temporary = await createTemporaryLedger();
  await cpuTimeOf(() => readWide(temporary, 2_048)); // loads the code
  const few = await cpuTimeOf(() => readWide(temporary, 2_048));
  const all = await cpuTimeOf(() => readWide(temporary, 16_382));
  // Eight times the columns: 8 in proportion, 64 if each column were compared with each.
  expect(all / few).toBeLessThan(32);
});

/** Reads and plans a file with columns that are not used, and expects the value of each. */
async function readWide(temporary: TemporaryLedger, columnCount: number): Promise<void> {
  const others = Array.from({ length: columnCount }, (_, index) => `c${index}`);
  const content = `case_id,related_id,${others.join(",")}\nT,r,${others.map((name) => `${name} !`).join(",")}\n`;
  const { table, columns } = await tableOf(temporary, await temporary.write("in.csv", content), true);
  expect(columns).toEqual(others);
  const values = Object.fromEntries(others.map((name) => [name, `${name} !`]));
  expect(JSON.parse(String(table[0]?.["other"]))).toEqual(values);
  // A second file, because a single file is read in another way.
  const planned = await temporary.plan({ "a.csv": "case_id,related_id\nA,r\n", "b.csv": content }, { groupId: "g" });
  expect(planned.record.counts).toMatchObject({ rows: 2, to_send: 2 });
  await planned.discard();
}

/** The processor time of this process in microseconds; unlike the wall-clock time it does not depend on other processes. */
async function cpuTimeOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
