import * as fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../src/index.ts";
import { createWrapperScan } from "../src/plan/readers/json-wrapper.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const row = (ticket: string) => ({ case_id: ticket, related_id_list: ["R1", "R2"], group_id: "g", "a]": '"[{' });
const ROWS = [row("A"), row("B")];

test.each([
  ["next to other values", "in.json", { code: 0, data: ROWS, total: 2, page: { next: null } }, "data"],
  ["below other keys", "in.json", { result: { page: { "items\n": ROWS }, errors: [] } }, "result.page.items\\n"],
  ["next to a list of other objects", "in.json", { links: [{ rel: "self" }], data: ROWS, tags: ["x"] }, "data"],
  ["in a file without an ending", "in", { data: ROWS, total: 2 }, "data"],
  ["in a file with another ending", "export.txt", { total: 2, ids: [1, [{}]], data: ROWS }, "data"],
])("rows in a list %s are read, with a warning", async (_, name, value, list) => {
  await using temporary = await createTemporaryLedger();
  for (const indent of [undefined, 2]) {
    const text = JSON.stringify(value, undefined, indent);
    if (indent === undefined && name === "export.txt") continue;
    const planned = await temporary.plan({ [name]: text });
    expect(planned.record.counts).toMatchObject({ lines: 2, rows: 4, to_send: 4 });
    const line = text.slice(0, text.search(/\[\s*\{\s*"case_id/)).split("\n").length;
    expect(planned.warnings).toMatchObject([
      { line, reason: `the rows are in the list "${list}"; the rest of the file is not read` },
    ]);
  }
});

test("errors have the lines of the objects in the file", async () => {
  await using temporary = await createTemporaryLedger();
  const rows = [row("A"), row(""), row("B")].map((value) => JSON.stringify(value));
  const planned = await temporary.plan({ "in.json": `{\n"total": 3,\n"data": [\n${rows.join(",\n")}\n]\n}\n` });
  expect(planned.errors).toMatchObject([{ line: 5, column: "case_id", reason: "missing" }]);
});

test.each([
  ["two lists of rows", { a: ROWS, b: ROWS }, /line 1 has several lists of objects, "a" in line 1 and "b" in line 1/],
  ["no list of objects", { data: ["A"], total: 1 }, /line 1 does not begin with \[/],
  ["an empty list", { data: [], total: 0 }, /line 1 does not begin with \[/],
  ["a list without a ticket", { data: [{ id: 1 }] }, /has no columns case_id, related_id and group_id/],
  ["a row itself", { ...row("A"), notes: [{ text: "x" }] }, /line 1 does not begin with \[.*--format jsonl/],
])("an object with %s is named, and nothing is planned", async (_, value, message) => {
  await using temporary = await createTemporaryLedger();
  const error: unknown = await temporary.plan({ "in.json": JSON.stringify(value) }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
});

test.each([
  ['{"data":[{"case_id":"A"}]', /ends before the object ends/],
  ['{"data":[{"case_id":"A"}]}\n{"data":[]}', /line 2 continues after the end of the object/],
  ['{"data":[{"case_id":"A"}}', /line 1 has a } too many/],
])("a broken object is named with its line: %s", async (text, message) => {
  await using temporary = await createTemporaryLedger();
  await expect(temporary.plan({ "in.json": text })).rejects.toThrow(message);
});

test("JSON lines with a list of objects in a line are read as before, and a wrapper in them is named", async () => {
  await using temporary = await createTemporaryLedger();
  const line = JSON.stringify({ notes: [{ text: "x" }], ...row("A") });
  for (const text of [line, `${line}\n${line.replace('"A"', '"B"')}\n`]) {
    const planned = await temporary.plan({ in: text });
    expect([planned.errors, planned.warnings]).toEqual([[], []]);
  }
  const wrapped = temporary.plan({ "in.jsonl": JSON.stringify({ data: ROWS }) });
  await expect(wrapped).rejects.toThrow(/in\.jsonl has its rows in the list "data" of an object\. Add --format json/);
  const each = temporary.plan({ "in.json": JSON.stringify([{ data: ROWS }]) });
  await expect(each).rejects.toThrow(/has its rows in the list "data" of each of its objects\. Write all rows as one/);
});

test("the lists of objects are found wherever the text is divided", () => {
  const text = JSON.stringify({ "a\\": '"', é: { b: [{ c: [{}] }, 1] }, d: [{ x: "]" }] }, undefined, 1);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), (size) => {
      const scan = createWrapperScan();
      for (let at = 0; at < text.length; at += size) scan.push(text.slice(at, at + size));
      const { lists, keys } = scan.end();
      expect(keys).toEqual(["a\\", "é", "d"]);
      expect(lists.map(({ path, start, end }) => [path, JSON.parse(text.slice(start, end))])).toEqual([
        [
          ["é", "b"],
          [{ c: [{}] }, 1],
        ],
        [["d"], [{ x: "]" }]],
      ]);
    }),
  );
});
