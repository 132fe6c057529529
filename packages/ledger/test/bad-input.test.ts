import { expect, test } from "vitest";
import type { Diagnostic, PlanRequest } from "../src/index.ts";
import { sentOfUntouchedRejects } from "./untouched-rejects.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const HEADER = "case_id,related_id,group_id\n";

/** An error: line, column, value, reason. */
type Expected = [line: number, column: string | undefined, value: string, reason: string | RegExp];

interface InvalidFile {
  title: string;
  name?: string;
  content: string | Buffer;
  request?: Partial<PlanRequest>;
  errors: Expected[];
  /** The number of rows that are sent. */
  toSend: number;
}

const MANY_DIGITS = "looks like a number that a spreadsheet shortened";

const INVALID: InvalidFile[] = [
  {
    title: "an empty ticket id",
    content: `${HEADER},r1,g\nT,r2,g\n`,
    errors: [[2, "case_id", "", "missing"]],
    toSend: 1,
  },
  {
    title: "a ticket id of blanks only",
    content: `${HEADER} \u00a0 ,r1,g\n`,
    errors: [[2, "case_id", "", "missing"]],
    toSend: 0,
  },
  { title: "an empty related id", content: `${HEADER}T,,g\n`, errors: [[2, "related_id", "", "missing"]], toSend: 0 },
  { title: "an empty group", content: `${HEADER}T,r1,\n`, errors: [[2, "group_id", "", "missing"]], toSend: 0 },
  {
    title: "a missing group, although the file has a group column and there is no --group-id",
    content: "case_id;related_id;group_id\nT;r1;\nT;r2;h\n",
    request: { groupId: "g" },
    errors: [[3, "group_id", "h", "the ticket has another group in line 2"]],
    toSend: 1,
  },
  {
    title: "a related id that is too long by one",
    content: `${HEADER}T,${"x".repeat(33)},g\nT,${"x".repeat(32)},g\n`,
    errors: [[2, "related_id", "x".repeat(33), "33 characters; at most 32 are allowed"]],
    toSend: 1,
  },
  {
    title: "a ticket id that is too long, counted in characters and not in code units",
    content: `${HEADER}${"😀".repeat(64)},r1,g\n${"😀".repeat(65)},r1,g\n`,
    errors: [[3, "case_id", `${"😀".repeat(59)}…`, "65 characters; at most 64 are allowed"]],
    toSend: 1,
  },
  {
    title: "a group that is too long",
    content: `${HEADER}T,r1,${"g".repeat(65)}\n`,
    errors: [[2, "group_id", `${"g".repeat(59)}…`, "65 characters; at most 64 are allowed"]],
    toSend: 0,
  },
  {
    title: "a control character in an id",
    content: `${HEADER}T\u0007,r1,g\nT,r\u00852,g\n`,
    errors: [
      [2, "case_id", "T\\u{7}", "contains a control character"],
      [3, "related_id", "r\\u{85}2", "contains a control character"],
    ],
    toSend: 0,
  },
  {
    title: "a line break within a quoted id, and the line after it",
    content: `${HEADER}"T\n1",r1,g\n,r2,g\n`,
    errors: [
      [2, "case_id", "T\\n1", "contains a control character"],
      [4, "case_id", "", "missing"],
    ],
    toSend: 0,
  },
  {
    title: "an association of a ticket with itself",
    content: `${HEADER}T,T,g\n`,
    errors: [[2, "related_id", "T", "is the ticket itself"]],
    toSend: 0,
  },
  {
    title: "a second group of one ticket",
    content: `${HEADER}T,r1,g\nT,r2,h\nU,r1,h\n`,
    errors: [[3, "group_id", "h", "the ticket has another group in line 2"]],
    toSend: 2,
  },
  {
    title: "numbers that a spreadsheet shortened, but not ids that only resemble them",
    content: `${HEADER}2.02601E+13,"1,5E+12",g\n2E+13,12E4,g\n12E4,7.1e9x,g\n`,
    errors: [
      [2, "case_id", "2.02601E+13", MANY_DIGITS],
      [2, "related_id", "1,5E+12", MANY_DIGITS],
      [3, "case_id", "2E+13", MANY_DIGITS],
    ],
    toSend: 1,
  },
  {
    title: "all errors of one line",
    content: `${HEADER},${"y".repeat(40)},\n`,
    errors: [
      [2, "case_id", "", "missing"],
      [2, "related_id", "y".repeat(40), "40 characters; at most 32 are allowed"],
      [2, "group_id", "", "missing"],
    ],
    toSend: 0,
  },
  {
    title: "a line with too few fields",
    content: `${HEADER}T,r1\nT,r2,g\n`,
    errors: [[2, "group_id", "T r1", "has 2 fields; the header has 3"]],
    toSend: 1,
  },
  {
    title: "a line with too many fields",
    content: `${HEADER}T,r1,g\nT,r2,g,left over\n`,
    errors: [[3, undefined, "T r2 g left over", "has 4 fields; the header has 3"]],
    toSend: 1,
  },
  {
    title: "a line after blank lines and a quoted line break",
    content: `case_id,related_id,group_id,note\r\n\r\nT,r1,g,"two\r\nlines"\r\n\r\n,r2,g,\r\n`,
    errors: [[6, "case_id", "", "missing"]],
    toSend: 1,
  },
  {
    title: "quotation marks in the middle of an id",
    content: `${HEADER}"T"1,r1,g\nT,r2,g\n`,
    errors: [[2, "case_id", '"T"1', "has quotation marks that do not pair up"]],
    toSend: 1,
  },
  {
    title: "a quotation mark that swallows the next line",
    content: `case_id,related_id,group_id,note\nT,r1,g,"a\nT,r2,g,"b"\nT,r3,g,5" disk\n`,
    errors: [[2, "note", '"a\\nT,r2,g,"b"', "has quotation marks that do not pair up"]],
    toSend: 1,
  },
  {
    title: "one invalid id of several in a cell",
    content: `case_id,related_ids,group_id\nT,r1 ${"z".repeat(33)} r2,g\n`,
    errors: [[2, "related_ids", "z".repeat(33), "33 characters; at most 32 are allowed"]],
    toSend: 2,
  },
  {
    title: "a cell of separators only",
    content: `case_id,related_ids,group_id\nT,"; ,",g\n`,
    errors: [[2, "related_ids", "", "missing"]],
    toSend: 0,
  },
  {
    title: "an error, with the file's own name of the column",
    content: "Ticket,Link,group_id\n,r1,g\n",
    request: { map: { case_id: "Ticket", related_id: "Link" } },
    errors: [[2, "Ticket", "", "missing"]],
    toSend: 0,
  },
  {
    title: "a line that is not JSON",
    name: "in.jsonl",
    content: '{"case_id":"T","related_id":"r1","group_id":"g"}\n{"case_id":"T",\n"text"\n',
    errors: [
      [2, undefined, '{"case_id":"T",', "is not valid JSON"],
      [3, undefined, '"text"', "is not a JSON object"],
    ],
    toSend: 1,
  },
  {
    title: "a JSON number for an id, but not the valid ids of its list",
    name: "in.jsonl",
    content:
      '{"case_id":20260114,"related_id":"r1","group_id":"g"}\n{"case_id":"T","related_id_list":["r1",2,null],"group_id":"g"}\n',
    errors: [
      [1, "case_id", "20260114", "is a number, not text"],
      [2, "related_id_list", "2", "is a number, not text"],
      [2, "related_id", "", "missing"],
    ],
    toSend: 1,
  },
  {
    title: "an empty list of related ids",
    name: "in.json",
    content:
      '[{"case_id":"T","related_id_list":["r1"],"group_id":"g"},\n{"case_id":"T","related_id_list":[],"group_id":"g"}]',
    errors: [[2, "related_id", "", "missing"]],
    toSend: 1,
  },
  {
    title: "two keys for one field",
    name: "in.jsonl",
    content:
      '{"caseId":"T","ticket_id":"U","related_id":"r1","group_id":"g"}\n{"caseId":"T","related_id":"r1","group_id":"g"}\n',
    errors: [
      [
        1,
        undefined,
        '{"caseId":"T","ticket_id":"U","related_id":"r1","group_id":…',
        'has both "caseId" and "ticket_id" for one field',
      ],
    ],
    toSend: 1,
  },
  {
    title: "an id's key that occurs twice, also with escapes, but not in a value or another object",
    name: "in.jsonl",
    content: [
      '{"case_id":"A","case_id":"B","related_id":"r1","group_id":"g"}',
      '{"case_id":"A","related_id" :"r1","group_id":"g", "r\\u0065lated_id" : "r2"}',
      '{"case_id":"T","related_id":"r1","group_id":"g","a":{"case_id":"U"},"b":"case_id","c":"\\"case_id\\":","d":1,"d":2}',
      '{"case_id":"T","related_id_list":["r1"],"group_id":"g","related_id_list":["r2"]}',
    ].join("\n"),
    errors: [
      [1, undefined, '{"case_id":"A","case_id":"B","related_id":"r1","group_id":"…', 'has "case_id" more than once'],
      [
        2,
        undefined,
        '{"case_id":"A","related_id" :"r1","group_id":"g", "r\\u0065l…',
        'has "related_id" more than once',
      ],
      [
        4,
        undefined,
        '{"case_id":"T","related_id_list":["r1"],"group_id":"g","rel…',
        'has "related_id_list" more than once',
      ],
    ],
    toSend: 1,
  },
  ...(["in.jsonl", "in.json"] as const).map((name): InvalidFile => {
    const records = [
      `{"case_id":"T1","related_id":"r1","group_id":"g","note":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
      `{"case_id":"T2","related_id":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)},"group_id":"g"}`,
      `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
      `{"case_id":"T4","related_id":"r1","group_id":"g","note":${"[".repeat(200)}${"]".repeat(200)}}`,
      `{"case_id":"T5","related_id":"r1","group_id":"g","note":${"[".repeat(199)}${"]".repeat(199)}}`,
    ];
    return {
      title: `values that are nested too deeply in ${name}`,
      name,
      content: name === "in.json" ? `[${records.join(",\n")}]` : records.join("\n"),
      errors: records
        .slice(0, 4)
        .map((record, index) => [index + 1, undefined, `${record.slice(0, 59)}…`, "is nested too deeply"]),
      toSend: 1,
    };
  }),
  {
    title: "a number for an id, with all its digits",
    name: "in.jsonl",
    content:
      '{"case_id":9007199254740993,"related_id_list":[1.10],"group_id":"g"}\n{"case_id":"T","related_id":"r","group_id":"g"}',
    errors: [
      [1, "related_id_list", "1.10", "is a number, not text"],
      [1, "case_id", "9007199254740993", "is a number, not text"],
    ],
    toSend: 1,
  },
  {
    title: "an incomplete character",
    name: "in.jsonl",
    content: '{"case_id":"T\\ud83d","related_id":"r1","group_id":"g","note":"\\ud83d"}\n',
    errors: [[1, "case_id", "T\\u{d83d}", "contains an incomplete character"]],
    toSend: 0,
  },
  {
    title: "JSON values that are not text but would be valid as text",
    name: "in.jsonl",
    content: `{"case_id":["x"],"related_id":"r1","group_id":"g"}
{"case_id":"T","related_id_list":[["x"],{"id":"y"},true,"r1"],"group_id":"g"}
{"case_id":"T","related_id":{"id":"y"},"group_id":"g"}
{"case_id":true,"related_id":"r","group_id":12}
`,
    errors: [
      [1, "case_id", '["x"]', "is a list, not text"],
      [2, "related_id_list", '["x"]', "is a list, not text"],
      [2, "related_id_list", '{"id":"y"}', "is an object, not text"],
      [2, "related_id_list", "true", "is a boolean, not text"],
      [3, "related_id", '{"id":"y"}', "is an object, not text"],
      [4, "group_id", "12", "is a number, not text"],
      [4, "case_id", "true", "is a boolean, not text"],
    ],
    toSend: 1,
  },
  {
    title: "ids that lost their leading zeros while others of the column kept them",
    content: HEADER + Array.from({ length: 10 }, (_, at) => `0000${at}234,r,g\n`).join("") + "114,r,g\n",
    errors: [[12, "case_id", "114", "has 3 digits; the other numbers of the column have 8, leading zeros included"]],
    toSend: 10,
  },
  {
    title: "a JSON number next to an id that lost its leading zeros",
    name: "in.jsonl",
    content: [
      ...Array.from({ length: 10 }, (_, at) => `{"case_id":"0000${at}234","related_id":"r","group_id":"g"}\n`),
      '{"case_id":"114","related_id":"r","group_id":7}\n',
    ].join(""),
    request: { groupId: "g" },
    errors: [
      [11, "group_id", "7", "is a number, not text"],
      [11, "case_id", "114", "has 3 digits; the other numbers of the column have 8, leading zeros included"],
    ],
    toSend: 10,
  },
];

test.each(INVALID)("the plan reports $title", async ({ name = "in.csv", content, request, errors, toSend }) => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ [name]: content }, request);
  expect(planned.errors.map(placeOf)).toEqual(errors);
  expect(new Set(planned.errors.map(({ file }) => file))).toEqual(new Set([temporary.path(name)]));
  expect(planned.errors.every(({ advice }) => advice)).toBe(true);
  expect(planned.errorCount).toBe(errors.length);
  expect(planned.record.counts.to_send).toBe(toSend);
  expect(planned.record.counts.invalid).toBe(planned.record.counts.rows - toSend);
  expect(await planned.writeRejects(temporary.path("rejects"))).toBe(planned.record.counts.invalid);
});

test.each(INVALID)(
  "a plan of the unchanged rejects file sends nothing: $title",
  async ({ name = "in.csv", content, request }) => {
    await using temporary = await createTemporaryLedger();
    const planned = await temporary.plan({ [name]: content }, request);
    expect(await sentOfUntouchedRejects(temporary, planned, request)).toBe(0);
    // With another format of input, the rejects file has JSON lines.
    const { case_id = "case_id", related_id = "related_id" } = request?.map ?? {};
    const other = { "b.tsv": `${case_id}\t${related_id}\tgroup_id\nZ\tr1\tg\n` };
    const mixed = await temporary.plan({ [name]: content, ...other }, request);
    expect(mixed.rejectsFormat).toBe("jsonl");
    expect(await sentOfUntouchedRejects(temporary, mixed, request)).toBe(0);
  },
);

function placeOf({ line, column, value, reason }: Diagnostic) {
  return [line, column, value, reason];
}

test("a plan lists the first twenty errors and counts all", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": HEADER + "T,,g\n".repeat(30) });
  expect([planned.errors.length, planned.errorCount]).toEqual([20, 30]);
});
