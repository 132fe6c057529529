import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { csv } from "@caselink/test-support";
import { workbook } from "../../packages/ledger/test/workbook.ts";
import { openCliHarness, type CliHarness, type CommandResult } from "@caselink/test-support/cli";

let stage: CliHarness;
beforeAll(async () => {
  stage = await openCliHarness();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** No API and no credentials: a plan needs neither. */
const ALONE = { CASELINK_ENDPOINT: undefined, CASELINK_TOKEN: undefined };
const plan = (...args: string[]): Promise<CommandResult> => stage.run(["plan", ...args], { env: ALONE });

const MIXED = csv("T1,R1,g", "T1,R2,g", "T1,R1,g", "T2,R1,g", "T2,R2,g", "T2,R3,g", "T2,R4,g", "T3,R1,g");

test("plan shows how much is sent, the duplicate and over-limit rows, the duration, and the next command", async () => {
  await stage.write("mixed.csv", MIXED);
  const { status, stdout, stderr } = await plan("mixed.csv", "--group-id", "my group");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Plan for mixed\.csv +8 lines, 8 rows\n/);
  expect(stdout).toMatch(/ 3 {2}to send +2 tickets, at most 4 calls\n/);
  expect(stdout).toMatch(/ 1 {2}duplicate +same as an earlier row\n/);
  expect(stdout).toMatch(/ 4 {2}over limit +1 ticket asks for more than three/);
  expect(stdout).toMatch(/T2 {2}lines 5, 6, 7, 8 {2}4 requested, 3 allowed/);
  expect(stdout).toContain("Nothing was sent.");
  expect(stdout).toContain("Next     caselink run mixed.csv --group-id 'my group'\n");
});

test("plan prints at most 80 columns, and the next command also if there is nothing to send", async () => {
  const long = Array.from({ length: 120 }, (_, at) => `LONG-TICKET-NUMBER-2026,R${at},,${at}`);
  const invalid = [
    "SR1,2.02601E+13,,",
    `SR2,${"9".repeat(60)},,`,
    "SR3,SR3,,",
    "SR4 \u200B,R1,,",
    "#N/A,R1,,",
    "SR5,=R1,,",
    ",R1,,",
  ];
  await stage.write("wide.csv", `case_id,related_id,group_id,note\n${[...long, ...invalid].join("\n")}\n`);
  const wide = await plan("wide.csv", "--group-id", "my group");
  const lines = `${wide.stdout}${wide.stderr}`.split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(wide.stdout).toMatch(
    / {2}LONG-TICKET-NUMBER-2026 {2}lines 2, 3, 4, 5, 6 \.\.\. {2}120 requested, 3 allowed\n/,
  );
  expect(wide.stderr).toContain("\n  Fix them, then run: caselink run wide.rejects.csv --group-id 'my group'\n");
  expect(wide.stdout).toContain("Next     fix the invalid rows");
  await stage.write("full.csv", csv("T2,R1,g", "T2,R2,g", "T2,R3,g", "T2,R4,g"));
  expect((await plan("full.csv")).stdout).toContain("\n         caselink plan full.csv --over-limit fill\n");
});

test("plan names the single line of a ticket that is over the limit", async () => {
  await stage.write("one.jsonl", '{"case_id":"T1","related_id_list":["a","b","c","d"],"group_id":"g"}\n');
  expect((await plan("one.jsonl")).stdout).toContain("T1  line 1  4 requested");
});

test("plan --json ends with the counts", async () => {
  await stage.write("mixed.csv", MIXED);
  const { status, last, stderr } = await plan("mixed.csv", "--json");
  expect([status, stderr]).toEqual([0, ""]);
  expect(last()).toMatchObject({
    event: "plan",
    rows: 8,
    to_send: 3,
    tickets_to_send: 2,
    duplicate: 1,
    limit_reached: 4,
    invalid: 0,
  });
});

test("plan --over-limit fill counts the first three of four rows of a ticket as to send", async () => {
  await stage.write("mixed.csv", MIXED);
  const { last } = await plan("mixed.csv", "--over-limit", "fill", "--json");
  expect(last()).toMatchObject({ to_send: 6, limit_reached: 1 });
});

test("run --dry-run prints the same as plan", async () => {
  await stage.write("mixed.csv", MIXED);
  const dry = await stage.run(["run", "mixed.csv", "--dry-run"], { env: ALONE });
  expect([dry.status, dry.stdout]).toEqual([0, (await plan("mixed.csv")).stdout]);
});

test("--map reads columns with other names, and each related id of a cell is a row of its line", async () => {
  await stage.write("own.csv", 'Ticket;Others;Note\nT1;"R1, R2|R3";x\nT2;R1;y\n');
  const map = ["--map", "case_id=Ticket", "--map", "related_ids=Others"];
  const { status, last } = await plan("own.csv", ...map, "--group-id", "g", "--yes", "--json");
  expect(status).toBe(0);
  expect(last()).toMatchObject({ rows: 4, to_send: 4, tickets: 2 });
});

test("several inputs of different formats are one plan, in the order of the inputs", async () => {
  await stage.write("a.csv", csv("T1,R1,g"));
  await stage.write("b.jsonl", '{"case_id":"T1","related_id_list":["R1","R2"],"group_id":"g"}\n');
  await stage.write("c.tsv", "case_id\trelated_id\tgroup_id\nT1\tR3\tg\n");
  const { last } = await plan("a.csv", "b.jsonl", "c.tsv", "--json");
  expect(last()).toMatchObject({ rows: 4, to_send: 3, duplicate: 1, tickets: 1 });
});

test("plan prints a warning for a value that is valid but probably unintended", async () => {
  await stage.write("several.csv", csv("T1,R1;R2,g"));
  const { status, stdout, stderr } = await plan("several.csv");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(
    /\n\nWarning\n {2}several\.csv line 2, related_id: 1 cell looks like several ids[^;]*;\n {4}if/,
  );
  const { lines, last } = await plan("several.csv", "--json");
  expect(lines()[0]).toMatchObject({ event: "notice", file: "several.csv", line: 2, column: "related_id" });
  expect(last()).toMatchObject({ event: "plan", to_send: 1 });
});

test("plan names the inputs of a ticket that is over the limit", async () => {
  await stage.write("a.csv", csv("T1,R1,g", "T1,R2,g"));
  await stage.write("b.csv", csv("T1,R3,g", "T1,R4,g"));
  expect((await plan("a.csv", "b.csv")).stdout).toMatch(/T1 {2}a\.csv 2, 3; b\.csv 2, 3 {2}4 requested/);
});

test("a file next to standard input is read in the format of its extension", async () => {
  await stage.write("a.csv", csv("T1,R1,g"));
  await stage.write("odd", '{"case_id":"T3","related_id":"R1","group_id":"g"}\n');
  const input = '{"case_id":"T2","related_id":"R1","group_id":"g"}\n';
  const { status, last } = await stage.run(["plan", "a.csv", "-", "odd", "--format", "jsonl", "--json"], {
    env: ALONE,
    input,
  });
  expect(status).toBe(0);
  expect(last()).toMatchObject({ rows: 3, to_send: 3 });
  // Without standard input, --format applies to every file.
  expect((await plan("a.csv", "--format", "jsonl")).status).toBe(2);
});

test("--sheet names the sheet to read, and the next command keeps it", async () => {
  const header = ["case_id", "related_id", "group_id"];
  const rows = [header, ["T1", "R1", "g"], ["", "R1", "g"]];
  await stage.write("book.xlsx", workbook({ rows }));
  await stage.write("a.csv", csv("T1,R1,g"));
  const named = await plan("book.xlsx", "--sheet", "tickets");
  expect([named.status, named.stdout]).toEqual([2, expect.stringContaining("book.xlsx --sheet tickets")]);
  expect(named.stderr).toMatch(/caselink run book\.rejects\.csv$/m);
  const unknown = await plan("book.xlsx", "--sheet", "May");
  expect([unknown.status, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('Its sheets: "old" (hidden), "tickets".'),
  ]);
  for (const command of ["plan", "run"]) {
    const wrong = await stage.run([command, "a.csv", "--sheet", "tickets"]);
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("a.csv is CSV, which has no sheets. Leave"),
    ]);
  }
  expect((await stage.run(["run", "--plan", "b", "--sheet", "tickets"])).status).toBe(2);
});

test.for([
  ["csv", csv("T1,R1,g")],
  ["tsv", "case_id\trelated_id\tgroup_id\nT1\tR1\tg\n"],
  ["jsonl", '{"case_id":"T1","related_id":"R1","group_id":"g"}\n'],
  ["json", '[{"case_id":"T1","related_id_list":["R1"],"group_id":"g"}]'],
] as const)("plan reads standard input as %s", async ([format, input]) => {
  const { status, last } = await stage.run(["plan", "-", "--format", format, "--json"], { env: ALONE, input });
  expect(status).toBe(0);
  expect(last()).toMatchObject({ rows: 1, to_send: 1 });
});

test("plan leaves nothing in the ledger", async () => {
  await stage.write("mixed.csv", MIXED);
  await plan("mixed.csv");
  expect(await readdir(stage.ledger, { recursive: true, withFileTypes: true })).not.toContainEqual(
    expect.objectContaining({ name: "batch.json" }),
  );
  const listed = await stage.run(["list", "--json"], { env: ALONE });
  expect([listed.status, listed.stdout]).toEqual([0, ""]);
});

test("rejects contain the reason, and their fixed copy is a plan without errors", async () => {
  await stage.write("invalid.csv", csv("T1,R1,g", "T2,,g"));
  expect((await plan("invalid.csv")).status).toBe(2);
  const rejects = await readFile(`${stage.folder}/invalid.rejects.csv`, "utf8");
  expect(rejects).toBe(`case_id,related_id,group_id,reason
T2,,g,"invalid.csv line 3, related_id """": missing; give the column a value"
`);
  await stage.write("fixed.csv", rejects.replace("T2,,g", "T2,R9,g"));
  expect((await plan("fixed.csv", "--json")).last()).toMatchObject({ rows: 1, to_send: 1, invalid: 0 });
});

test("plan does not overwrite edited rejects or other files with the name of the rejects", async () => {
  const read = (name: string): Promise<string> => readFile(`${stage.folder}/${name}`, "utf8");
  const rejectsOf = async (...names: string[]): Promise<unknown> => (await plan(...names, "--json")).last()["rejects"];
  await stage.write("work.csv", csv("T1,,g", "T2,,g"));
  expect(await rejectsOf("work.csv")).toBe("work.rejects.csv");
  // A file that no one has edited is replaced.
  await stage.write("work.csv", csv("T1,,g", "T2,,g", "T3,,g"));
  expect(await rejectsOf("work.csv")).toBe("work.rejects.csv");
  const edited = (await read("work.rejects.csv")).replace("T1,,g", "T1,R1,g");
  expect(edited.split("\n")).toHaveLength(5);
  await stage.write("work.rejects.csv", edited);
  const shown = await plan("work.csv");
  expect(shown.stderr).toMatch(/in work\.rejects-2\.csv, ready to be fixed\.\n {2}\(work\.rejects\.csv was edited/);
  expect(await rejectsOf("work.csv")).toBe("work.rejects-2.csv");
  expect(await read("work.rejects.csv")).toBe(edited);
  // An input is not overwritten either.
  await stage.write("in.jsonl", '{"case_id":"","related_id":"R1","group_id":"g"}\n');
  expect(await rejectsOf("in.jsonl")).toBe("in.rejects.jsonl");
  expect(await rejectsOf("in.jsonl", "in.rejects.jsonl")).toBe("in.rejects-2.jsonl");
  await stage.write("also.csv", csv("T1,,g"));
  await stage.write("also.rejects.csv", "notes of mine\n");
  expect(await rejectsOf("also.csv")).toBe("also.rejects-2.csv");
  expect(await read("also.rejects.csv")).toBe("notes of mine\n");
  expect((await readdir(stage.folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("plan sends nothing although an API is configured", async () => {
  await stage.write("mixed.csv", MIXED);
  expect((await stage.run(["plan", "mixed.csv"])).status).toBe(0);
  expect(stage.simulator.journal()).toEqual([]);
});
