import { expect, test } from "vitest";
import { InputError } from "../src/index.ts";
import { parseColumnMap } from "../src/plan/columns/column-map.ts";
import { readXlsx } from "../src/plan/readers/xlsx-reader.ts";
import type { RowTable } from "../src/plan/row-table.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";
import { workbookParts, zipParts } from "./workbook.ts";

const ROWS = [
  ["case_id", "related_id", "group_id"],
  ["SR1", "RL1", "g1"],
  ["SR2", { xml: ' s="1"><v>1234</v>' }, "g1"],
];
const PARTS = workbookParts({ rows: ROWS, formats: ["0000-0000"] });
const SHEET = "xl/worksheets/sheet2.xml";

function flip(bytes: Buffer, bit: number): void {
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
}

test.each([
  ["stored", 0],
  ["packed", 6],
] as const)("a plan rejects a spreadsheet with a flipped bit in a %s part", async (_, level) => {
  await using temporary = await createTemporaryLedger();
  const whole = zipParts(PARTS, level);
  const damaged = Buffer.from(whole);
  const header = damaged.indexOf(Buffer.from(level === 0 ? "<v>0</v>" : SHEET));
  // The digit of a stored cell, or a byte in the middle of the packed part.
  flip(damaged, (header + (level === 0 ? 3 : SHEET.length + 40)) * 8);
  await temporary.plan({ "whole.xlsx": whole });
  const error: unknown = await temporary.plan({ "in.xlsx": damaged }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ message: expect.stringMatching(/in\.xlsx is a damaged spreadsheet/) });
});

test("a damaged part is reported as such, also if its content cannot be read", async () => {
  await using temporary = await createTemporaryLedger();
  const damaged = zipParts(PARTS, 0);
  const at = damaged.indexOf(Buffer.from("<si>"));
  damaged[at] = "x".charCodeAt(0);
  const message = /is a damaged spreadsheet: the checksum of its part xl\/sharedStrings\.xml is wrong\. Copy or export/;
  await expect(temporary.plan({ "in.xlsx": damaged })).rejects.toThrow(message);
});

test("a plan rejects a spreadsheet with two parts of the same name", async () => {
  await using temporary = await createTemporaryLedger();
  const twin = "xl/worksheets/sheet3.xml";
  const content = zipParts({ ...PARTS, [twin]: "<worksheet><sheetData/></worksheet>" }, 0);
  const text = content.toString("latin1").replaceAll(twin, SHEET);
  const message = /is a damaged spreadsheet: it has two parts xl\/worksheets\/sheet2\.xml/;
  await expect(temporary.plan({ "in.xlsx": Buffer.from(text, "latin1") })).rejects.toThrow(message);
});

/** A generator of numbers below a limit that are the same in each run. */
function createNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

test.each([
  ["stored", 0],
  ["packed", 6],
] as const)("no flipped bit of a spreadsheet with %s parts changes an id", async (_, level) => {
  await using temporary = await createTemporaryLedger();
  const whole = zipParts(PARTS, level);
  const numberBelow = createNumbers(level + 1);

  async function idsOf(content: Buffer): Promise<string | undefined> {
    const path = await temporary.write("in.xlsx", content);
    const rows: string[] = [];
    const table: RowTable = {
      add: ({ ticket, related, group }) => void rows.push([ticket, related, group].join(" ")),
      addColumn() {},
      relatedNames: [],
      warn() {},
      rowCount: 0,
      flush() {},
      async clear() {},
    };
    try {
      await readXlsx({ path, name: path }, { columnMap: parseColumnMap() }, table);
      return rows.join("\n");
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }

  const ids = await idsOf(whole);
  expect(ids).toBe("SR1 RL1 g1\nSR2 0000-1234 g1");
  const changed: number[] = [];
  let rejected = 0;
  for (let bit = numberBelow(160); bit < whole.length * 8; bit += 1 + numberBelow(160)) {
    const damaged = Buffer.from(whole);
    flip(damaged, bit);
    const found = await idsOf(damaged);
    if (found === undefined) rejected++;
    else if (found !== ids) changed.push(bit);
  }
  expect(changed).toEqual([]);
  expect(rejected).toBeGreaterThan(0);
});
