import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { InputError, type PlanRequest } from "../src/index.ts";
import { TEST_FORMS } from "./input-files.ts";
import { sentOfUntouchedRejects } from "./untouched-rejects.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const HEADER = "case_id,related_id,group_id";

interface Joined {
  title: string;
  content: string;
  request?: Partial<PlanRequest>;
  /** The lines that are named as the header again. */
  lines: string;
  rows: number;
}

const JOINED: Joined[] = [
  { title: "two exports", content: `${HEADER}\nA,r,g\n${HEADER}\nB,r,g\n`, lines: "line 3", rows: 2 },
  {
    title: "three exports with marks and Windows line ends",
    content: [1, 2, 3].map((at) => `\ufeff${HEADER}\r\nT${at},r,g\r\n`).join(""),
    lines: "lines 3, 5",
    rows: 3,
  },
  {
    title: "exports with other columns, of which the second has another note",
    content: `note,${HEADER}\nn,A,r,g\nremark,Case_ID,related_id,GROUP_ID\nn,B,r,g\n`,
    lines: "line 3",
    rows: 2,
  },
  {
    title: "exports with mapped columns",
    content: "Ticket;Link;Owner\nA;r;g\nTicket;Link;Owner\nB;r;g\n",
    request: { map: { case_id: "Ticket", related_id: "Link", group_id: "Owner" } },
    lines: "line 3",
    rows: 2,
  },
  {
    title: "exports with Chinese names, in quotation marks",
    content:
      '"工单号","关联工单号1","关联工单号2","用户组ID"\nA,r,s,g\n工单号,关联工单号1,关联工单号2,用户组id\nB,r,,g\n',
    lines: "line 3",
    rows: 3,
  },
];

test.each(JOINED)(
  "the header that stands again between the rows of $title is skipped with a warning",
  async (joined) => {
    await using temporary = await createTemporaryLedger();
    const { content, request, lines, rows } = joined;
    for (const others of [{}, { "other.csv": `${HEADER}\nZ,r,g\n` }]) {
      const mapped = request === undefined ? others : {};
      const planned = await temporary.plan({ "in.csv": content, ...mapped }, request);
      expect(planned.errors).toEqual([]);
      expect(planned.record.counts.to_send).toBe(rows + Object.keys(mapped).length);
      expect(planned.warnings.map(({ reason }) => reason)).toEqual([
        `the header stands again in ${lines}, and is skipped`,
      ]);
    }
  },
);

test.each(TEST_FORMS)(
  "$name: a row that has names of columns for ids is never sent",
  async ({ name, write, lineOf }) => {
    await using temporary = await createTemporaryLedger();
    const table = {
      header: ["case_id", "related_id", "group_id", "note"],
      rows: [
        ["A", "r", "g", "n"],
        ["工单号", "关联工单号", "用户组ID", "备注"],
        ["Ticket ID (required)", "x", "g", ""],
        ["CASE_ID", "x", "g", ""],
        ["CASES", "IDS", "g", ""],
      ],
    };
    const planned = await temporary.plan({ [name]: await write(table, temporary) });
    expect(planned.record.counts).toMatchObject({ rows: 5, to_send: 2, invalid: 3 });
    expect(planned.errors.map(({ line, value, reason }) => [line, value, reason])).toEqual(
      [1, 2, 3].map((row) => [lineOf(table, row), table.rows[row]?.[0], "is the name of a column, not an id"]),
    );
    expect(await sentOfUntouchedRejects(temporary, planned)).toBe(0);
  },
);

test.each([
  ["Ticket ID,Related Ticket ID,Group ID,Note", "工单号,关联工单号,用户组ID,备注", 1],
  ["工单号;关联工单号;用户组ID;备注", "Ticket ID;Related Ticket ID;Group ID;Note", 1],
  ["case_id,related_id,related_id2,group_id", '"工单号","关联工单号1","关联工单号2","用户组ID"', 1],
  ["导出,,,\n\nnote,case_id,related_ids,group_id", "备注,工单号,关联工单号,用户组ID", 3],
])("the second line of a header in two languages is not read: %s", async (first, second, line) => {
  await using temporary = await createTemporaryLedger();
  const [delimiter = ","] = /[,;]/.exec(first) ?? [];
  const isLast = first.startsWith("导出");
  const row = isLast ? ["n", "A", "r", "g"] : ["A", "r", "g", "g"];
  const content = [first, second, row.join(delimiter), ""].join("\n");
  const planned = await temporary.plan({ "in.csv": content });
  expect(planned.errors).toEqual([]);
  expect(planned.warnings.at(-1)).toMatchObject({
    line: line + 1,
    reason: expect.stringContaining(`the header goes on in line ${line + 1}, which names the same columns`),
  });
  for await (const found of temporary.ledger.rows((await planned.commit()).id)) expect(found.line).toBe(line + 2);
});

test.each([
  ["other fields", "工单号,用户组ID,关联工单号"],
  ["a field without a name", "工单号,,用户组ID"],
  ["an id", "工单号,SR1,用户组ID"],
])("a line below the header with %s is no part of it", async (_, second) => {
  await using temporary = await createTemporaryLedger();
  const planning = temporary.plan({ "in.csv": `${HEADER}\n${second}\nA,r,g\n` });
  const errors = await planning.then(
    ({ errors }) => errors,
    (error: InputError) => error.diagnostics,
  );
  expect(errors[0]).toMatchObject({ line: 2 });
});

test("another header with other columns is named, because the rows below it would be read wrongly", async () => {
  await using temporary = await createTemporaryLedger();
  const error: unknown = await temporary
    .plan({ "in.csv": `${HEADER}\nA,r,g\nrelated_id,case_id,group_id\nB,r,g\n` })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/in\.csv has another header in line 3.*split the file/),
    diagnostics: [{ line: 3, value: "related_id" }],
  });
});

test.each([
  [
    "工单关联导出,,\n导出时间: 2026-01-01,,\n\n",
    4,
    'the header is in line 4; the 2 lines above it are not read: "工单关联导出", "导出时间: 2026-01-01"',
  ],
  ['"Tickets, of\nJanuary"\n', 3, 'the header is in line 3; line 1 above it is not read: "Tickets, of\\nJanuary"'],
  [
    "# exported by console; 3 rows; v2\n",
    2,
    'the header is in line 2; line 1 above it is not read: "# exported by console; 3 rows; v2"',
  ],
  [",,\n , ,\n", 3, undefined],
  ["Owner,Me\nTicket ID,\n", 3, 'the header is in line 3; the 2 lines above it are not read: "Owner Me", "Ticket ID"'],
])("title rows above the header are not read: %j", async (titles, line, reason) => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": `${titles}${HEADER},note\nA,r,g,n\n,r,g,n\n` });
  expect(planned.record.counts).toMatchObject({ rows: 2, to_send: 1, invalid: 1 });
  expect(planned.errors).toMatchObject([{ line: line + 2, column: "case_id" }]);
  const warned = planned.warnings.map((warning) => [warning.line, warning.reason]);
  expect(warned).toEqual(reason === undefined ? [] : [[line, reason]]);
  await planned.writeRejects(temporary.path("rejects.csv"));
  expect((await readFile(temporary.path("rejects.csv"), "utf8")).split("\n")[0]).toBe(`${HEADER},note,reason`);
});

test.each([
  [
    "a row above the header",
    `SR1,RL1,g1\n${HEADER}\nA,r,g\n`,
    /header in line 2, and in line 1 above it what may be a row.*"SR1 RL1 g1".*Delete/,
  ],
  [
    "another header above the header",
    `case_id,related_id\nA,r\n${HEADER}\nB,r,g\n`,
    /line 1 above it what may be a row or another header/,
  ],
  [
    "a header below titles without all columns",
    "Export,,\n\ncase_id,related_id,team\nA,r,g\n",
    /in\.csv, line 3, has no column group_id\. Its columns: case_id, related_id, team/,
  ],
  [
    "two columns for one field below titles",
    "Export\ncase_id,case_id,related_id,group_id\n",
    /more than one column.*"case_id" and "case_id"/,
  ],
])("%s is named, and nothing is planned", async (_, content, message) => {
  await using temporary = await createTemporaryLedger();
  const error: unknown = await temporary.plan({ "in.csv": content }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
});

test.each([
  ["case_id|related_id|group_id\nA|r|g\n", "name the separator in a first line sep=|"],
  ['"case_id,related_id,group_id"\n"A,r,g"\n', "remove the quotation marks around whole lines"],
])("a header whose names are in one cell is named as that: %j", async (content, advice) => {
  await using temporary = await createTemporaryLedger();
  const error: unknown = await temporary.plan({ "in.csv": content }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    diagnostics: [1, 2, 3].map(() => ({ advice: expect.stringMatching(/^All names are in one cell: /) })),
    message: expect.stringContaining(advice),
  });
});
