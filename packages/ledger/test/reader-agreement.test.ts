import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase, type Database } from "../src/database.ts";
import { InputError } from "../src/index.ts";
import { openInputFile, type InputFile } from "../src/plan/files/input-file.ts";
import { createTextScan } from "../src/plan/files/text-scan.ts";
import { isPlainCsv, plainRowsSql } from "../src/plan/readers/plain-csv-reader.ts";
import { parseColumnMap } from "../src/plan/columns/column-map.ts";
import { resolveColumns } from "../src/plan/columns/input-columns.ts";
import type { CsvHeader } from "../src/plan/readers/csv-header.ts";
import { readCsv } from "../src/plan/readers/csv-reader.ts";
import type { RowTable } from "../src/plan/row-table.ts";
import { readInputs } from "../src/plan/readers/read-inputs.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

/** `CASELINK_CSV_RUNS=1000000` compares the readers on so many inputs, and takes hours. */
const RUNS = Number(process.env["CASELINK_CSV_RUNS"] ?? 2_000);
const BATCH = 250;
/** The inputs that take the whole way, one by one. DuckDB needs several milliseconds for each of their statements. */
const WHOLE_RUNS = Number(process.env["CASELINK_CSV_WHOLE_RUNS"] ?? 60);
const SEED = process.env["CASELINK_CSV_SEED"];
const SEEDED = SEED === undefined ? {} : { seed: Number(SEED) };
/** Far more than a run takes on a slow machine. */
const TIMEOUT_MS = 120_000 + Math.max(RUNS * 50, WHOLE_RUNS * 1000);

const columnMap = parseColumnMap();

/** Returns all that one of the readers finds in a file, or the message of its error. */
async function readingOf(database: Database, files: Parameters<typeof readInputs>[1], plain: boolean) {
  for (const name of ["reader_error", "row_error", "plain_row"]) await database.run(`DROP TABLE IF EXISTS ${name}`);
  await database.run("DROP VIEW IF EXISTS input").catch(() => database.run("DROP TABLE input"));
  try {
    const {
      sources: _sources,
      names: _names,
      ...found
    } = await readInputs(database, files, {
      plain,
      groupId: "g",
      columnMap,
    });
    const rows = await database.all('SELECT * FROM input ORDER BY "row"');
    // The readers write characters in JSON with different escapes.
    const table = rows.map(({ other, ...row }) => ({ ...row, other: JSON.parse(String(other)) as unknown }));
    const errors = await database.all('SELECT * FROM reader_error ORDER BY "row"');
    return { ...found, table, errors };
  } catch (error) {
    if (error instanceof InputError) return { message: error.message, diagnostics: error.diagnostics };
    throw error;
  }
}

const word = fc.constantFrom(
  "T1",
  "SR2",
  "r3",
  "g",
  "工单",
  "é",
  "a b",
  "'x'",
  "\\",
  "#",
  "|",
  "NULL",
  "\ufeff",
  "case_id",
);
const blank = fc.constantFrom("", "", "", " ", "  ", "\u00a0", "\u3000", "\v", "\f");
const quoted = fc.constantFrom(
  '"q"',
  '"a,b"',
  '"a""b"',
  '"a\nb"',
  '"a\r\nb"',
  '"',
  'x"y',
  '"z',
  '""',
  "\r",
  "\n",
  "\r\n",
);
/** Quotation marks and line breaks are rare, so that many files are plain. */
const cell = fc.oneof(
  { weight: 60, arbitrary: word },
  { weight: 25, arbitrary: blank },
  { weight: 10, arbitrary: fc.tuple(blank, word, blank).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: quoted },
);
const header = fc.constantFrom(
  ["case_id", "related_id", "group_id"],
  ["case_id", "related_id"],
  ["note", "case_id", "related_ids", "other 'one'"],
  ["case_id", "related_id", "related_id2", "group_id", "note"],
  ["工单号", "关联工单号1", "关联工单号2"],
  ["case_id", "related_id", "", "", "note", "note"],
  ["CASE_ID", " related_id ", "constructor"],
);
const rowOf = (width: number) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.array(cell, { minLength: width, maxLength: width }) },
    { weight: 2, arbitrary: fc.array(cell, { maxLength: width + 2 }) },
    { weight: 1, arbitrary: fc.constant(Array.from({ length: width }, () => "")) },
  );
const lineEnd = fc.constantFrom("\n", "\n", "\r\n", "\r\n", "\r");
const form = header.chain((names) =>
  fc.record({
    names: fc.constant(names),
    rows: fc.array(rowOf(names.length), { maxLength: 6 }),
    titles: fc.oneof(
      { weight: 9, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.array(cell, { maxLength: 3 }), { maxLength: 2 }) },
    ),
    /** Repeats the header before one of the rows. */
    repeatAt: fc.oneof({ weight: 9, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(5) }),
    delimiter: fc.constantFrom(",", ",", ";", "\t"),
    ends: fc.oneof(
      { weight: 9, arbitrary: lineEnd.map((end) => [end]) },
      { weight: 1, arbitrary: fc.array(lineEnd, { minLength: 2, maxLength: 3 }) },
    ),
    trailing: fc.oneof(
      { weight: 9, arbitrary: fc.constant("") },
      { weight: 1, arbitrary: fc.constantFrom("all", "rows") },
    ),
    isEnded: fc.boolean(),
    mark: fc.constantFrom("", "", "\ufeff"),
    isAlone: fc.boolean(),
  }),
);

type Form = typeof form extends fc.Arbitrary<infer Value> ? Value : never;

function textOf({ names, rows, titles, repeatAt, delimiter, ends, trailing, isEnded, mark }: Form): string {
  const all = [...titles, names, ...rows.flatMap((row, index) => (index === repeatAt ? [names, row] : [row]))];
  const lines = all.map((cells, index) => {
    const isTrailed = trailing === "all" || (trailing === "rows" && index > titles.length);
    return cells.join(delimiter) + (isTrailed ? delimiter : "");
  });
  const endOf = (index: number) => ends[index % ends.length] ?? "";
  return mark + lines.map((line, index) => line + (index < lines.length - 1 || isEnded ? endOf(index) : "")).join("");
}

test("a file is read the same with DuckDB's reader and without it", { timeout: TIMEOUT_MS }, async () => {
  await using temporary = await createTemporaryLedger();
  const first = await temporary.write("first.csv", "case_id,related_id,before\nA,r,x\n");
  const before = await openInputFile({ path: first }, temporary.folder, 0);
  const database = await openDatabase(temporary.path("spill"), { isSmall: true });
  let plainCount = 0;
  try {
    await database.run("CREATE VIEW input AS SELECT 1");
    await fc.assert(
      fc.asyncProperty(form, async (given) => {
        const text = textOf(given);
        if (text === "") return;
        const input = await openInputFile({ path: await temporary.write("in.csv", text) }, temporary.folder, 1);
        const files = given.isAlone ? [input] : [before, input];
        if (!isPlainCsv(input)) return;
        plainCount++;
        expect(await readingOf(database, files, true)).toEqual(await readingOf(database, files, false));
      }),
      { numRuns: WHOLE_RUNS, ...SEEDED },
    );
  } finally {
    database.close();
  }
  expect(plainCount).toBeGreaterThan(WHOLE_RUNS / 4);
});

/** A word that is no name of the header, which the plain reader leaves to the exact one. */
const plainWord = word.filter((text) => text !== "case_id");

/** Files that share what one query needs to know: header, separator and line end. */
const batch = fc
  .record({
    names: fc.oneof(
      header,
      header.map((names) => [...names, ""]),
    ),
    hasBlank: fc.boolean(),
    delimiter: fc.constantFrom(",", ";", "\t"),
    end: fc.constantFrom("\n", "\r\n"),
  })
  .chain((shape) => {
    const plain = fc.oneof(
      { weight: 7, arbitrary: shape.hasBlank ? plainWord : fc.constantFrom("T1", "SR2", "r3", "\\N") },
      { weight: 3, arbitrary: shape.hasBlank ? blank : fc.constant("") },
    );
    const width = shape.names.length;
    return fc.record({
      shape: fc.constant(shape),
      files: fc.array(
        fc.record({
          rows: fc.array(fc.array(plain, { minLength: width, maxLength: width }), { maxLength: 5 }),
          isEnded: fc.boolean(),
          mark: fc.constantFrom("", "", "\ufeff"),
        }),
        { minLength: BATCH, maxLength: BATCH },
      ),
    });
  });

type FoundRow = [line: number, ticket: string, related: string, group: string, other: unknown, column: number];

test("DuckDB reads the rows of many plain files as the exact reader reads them", { timeout: TIMEOUT_MS }, async () => {
  await using temporary = await createTemporaryLedger();
  const database = await openDatabase(temporary.path("spill"), { isSmall: true });
  let compared = 0;
  try {
    await fc.assert(
      fc.asyncProperty(batch, async ({ shape, files }) => {
        const { names, delimiter, end, hasBlank } = shape;
        const columns = resolveColumns(names, "in.csv", { columnMap, groupId: "g" });
        const csvHeader = { delimiter, columns };
        const paths: string[] = [];
        const expected: FoundRow[] = [];
        let linesBefore = 0;
        for (const [index, { rows, isEnded, mark }] of files.entries()) {
          const lines = [names, ...rows].map((cells) => cells.join(delimiter));
          const text = mark + lines.join(end) + (isEnded || rows.length === 0 ? end : "");
          const scan = createTextScan();
          scan.push(Buffer.from(text));
          const path = await temporary.write(`${index}.csv`, text);
          const input = {
            name: path,
            path,
            format: "csv",
            facts: scan.end(),
            isMarked: false,
          } as const;
          if (!isPlainCsv(input)) continue;
          paths.push(path);
          for (const [line, ...rest] of await exactRows(input, csvHeader)) expected.push([line + linesBefore, ...rest]);
          linesBefore += rows.length;
        }
        compared += paths.length;
        if (paths.length === 0) return;
        const facts = { hasBlank, returnedLines: end === "\n" ? 0 : 1 };
        const found = await database.all(plainRowsSql(paths, facts, csvHeader));
        const rows = found.map(({ line, ticket, related_id, grp, other, related_column }): FoundRow => [
          Number(line),
          String(ticket),
          String(related_id),
          String(grp),
          JSON.parse(String(other)),
          Number(related_column),
        ]);
        expect(rows).toEqual(expected);
      }),
      { numRuns: Math.ceil(RUNS / BATCH), ...SEEDED },
    );
  } finally {
    database.close();
  }
  expect(compared).toBeGreaterThan(RUNS / 2);
  if (process.env["CASELINK_CSV_RUNS"] !== undefined) console.info(`${compared} inputs compared`);
});

/** Returns the rows that the exact reader adds. */
async function exactRows(input: InputFile, csvHeader: CsvHeader): Promise<FoundRow[]> {
  const rows: FoundRow[] = [];
  const table: RowTable = {
    add(row, errors = []) {
      expect(errors).toEqual([]);
      const { line, ticket, related, group, other, relatedColumn = 0 } = row;
      rows.push([line, ticket, related, group, JSON.parse(String(other)), relatedColumn]);
    },
    addColumn() {},
    warn() {},
    relatedNames: [],
    rowCount: 0,
    flush() {},
    async clear() {},
  };
  await readCsv(input, { ...csvHeader, hasGroupId: true, hasLoneReturn: input.facts.hasLoneReturn }, table);
  return rows;
}
