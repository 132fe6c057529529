import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { csv, openStage, type Ended, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A plan needs neither an API nor credentials. */
const ALONE = { CASELINK_ENDPOINT: undefined, CASELINK_TOKEN: undefined };
const plan = (...args: string[]): Promise<Ended> => stage.run(["plan", ...args], { env: ALONE });

const MIXED = csv("T1,R1,g", "T1,R2,g", "T1,R1,g", "T2,R1,g", "T2,R2,g", "T2,R3,g", "T2,R4,g", "T3,R1,g");

test("the screen says how much is sent, what repeats, what cannot fit, how long it takes and what to type next", async () => {
  await stage.write("mixed.csv", MIXED);
  const { status, stdout, stderr } = await plan("mixed.csv", "--group-id", "my group");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Plan for mixed\.csv +8 lines, 8 rows\n/);
  expect(stdout).toMatch(/ 3 {2}to send +2 tickets, at most 4 calls\n/);
  expect(stdout).toMatch(/ 1 {2}repeats an earlier row\n/);
  expect(stdout).toMatch(/ 4 {2}cannot fit +1 ticket asks for more than three/);
  expect(stdout).toMatch(/T2 {2}lines 5, 6, 7, 8 {2}4 associations asked, 3 possible/);
  expect(stdout).toContain("Nothing was sent.");
  expect(stdout).toContain("Next: caselink run mixed.csv --group-id 'my group'\n");
});

test("nothing on the screen is wider than 80 columns, and what to type next is there, also with nothing to send", async () => {
  const long = Array.from({ length: 120 }, (_, at) => `LONG-TICKET-NUMBER-2026,R${at},,${at}`);
  const faulty = [
    "SR1,2.02601E+13,,",
    `SR2,${"9".repeat(60)},,`,
    "SR3,SR3,,",
    "SR4 \u200B,R1,,",
    "#N/A,R1,,",
    "SR5,=R1,,",
    ",R1,,",
  ];
  await stage.write("wide.csv", `case_id,related_id,group_id,note\n${[...long, ...faulty].join("\n")}\n`);
  const wide = await plan("wide.csv", "--group-id", "my group");
  const lines = `${wide.stdout}${wide.stderr}`.split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(wide.stdout).toMatch(
    / {2}LONG-TICKET-NUMBER-2026 {2}lines 2, 3 \.\.\. {2}120 associations asked, 3 possible\n/,
  );
  expect(wide.stderr).toContain("\n  then: caselink run wide.rejects.csv --group-id 'my group'\n");
  expect(wide.stdout).toContain("Next: mend what is invalid");
  await stage.write("full.csv", csv("T2,R1,g", "T2,R2,g", "T2,R3,g", "T2,R4,g"));
  expect((await plan("full.csv")).stdout).toContain("\n  caselink plan full.csv --over-limit fill\n");
});

test("a ticket that asks for too much in one line says line", async () => {
  await stage.write("one.jsonl", '{"case_id":"T1","related_id_list":["a","b","c","d"],"group_id":"g"}\n');
  expect((await plan("one.jsonl")).stdout).toContain("T1  line 1  4 associations asked");
});

test("--json ends with the counts", async () => {
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

test("--over-limit fill sends the first three of a ticket that asks for four", async () => {
  await stage.write("mixed.csv", MIXED);
  const { last } = await plan("mixed.csv", "--over-limit", "fill", "--json");
  expect(last()).toMatchObject({ to_send: 6, limit_reached: 1 });
});

test("run --dry-run is plan", async () => {
  await stage.write("mixed.csv", MIXED);
  const dry = await stage.run(["run", "mixed.csv", "--dry-run"], { env: ALONE });
  expect([dry.status, dry.stdout]).toEqual([0, (await plan("mixed.csv")).stdout]);
});

test("columns of other names are mapped, several related ids in a cell are rows of one line", async () => {
  await stage.write("own.csv", 'Ticket;Others;Note\nT1;"R1, R2|R3";x\nT2;R1;y\n');
  const map = ["--map", "case_id=Ticket", "--map", "related_ids=Others"];
  const { status, last } = await plan("own.csv", ...map, "--group-id", "g", "--yes", "--json");
  expect(status).toBe(0);
  expect(last()).toMatchObject({ rows: 4, to_send: 4, tickets: 2 });
});

test("several inputs of different forms are one plan, in their order", async () => {
  await stage.write("a.csv", csv("T1,R1,g"));
  await stage.write("b.jsonl", '{"case_id":"T1","related_id_list":["R1","R2"],"group_id":"g"}\n');
  await stage.write("c.tsv", "case_id\trelated_id\tgroup_id\nT1\tR3\tg\n");
  const { last } = await plan("a.csv", "b.jsonl", "c.tsv", "--json");
  expect(last()).toMatchObject({ rows: 4, to_send: 3, duplicate: 1, tickets: 1 });
});

test("what is most likely not meant is noticed, and no fault", async () => {
  await stage.write("several.csv", csv("T1,R1;R2,g"));
  const { status, stdout, stderr } = await plan("several.csv");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/\n\nNotice\n {2}several\.csv line 2, related_id: 1 cell looks like several ids.*;\n {4}if/);
  const { lines, last } = await plan("several.csv", "--json");
  expect(lines()[0]).toMatchObject({ event: "notice", file: "several.csv", line: 2, column: "related_id" });
  expect(last()).toMatchObject({ event: "plan", to_send: 1 });
});

test("the screen names the inputs of a ticket that cannot fit", async () => {
  await stage.write("a.csv", csv("T1,R1,g", "T1,R2,g"));
  await stage.write("b.csv", csv("T1,R3,g", "T1,R4,g"));
  expect((await plan("a.csv", "b.csv")).stdout).toMatch(/T1 {2}a\.csv 2, 3; b\.csv 2, 3 {2}4 associations asked/);
});

test("beside standard input a file keeps the form of its ending", async () => {
  await stage.write("a.csv", csv("T1,R1,g"));
  await stage.write("odd", '{"case_id":"T3","related_id":"R1","group_id":"g"}\n');
  const input = '{"case_id":"T2","related_id":"R1","group_id":"g"}\n';
  const { status, last } = await stage.run(["plan", "a.csv", "-", "odd", "--format", "jsonl", "--json"], {
    env: ALONE,
    input,
  });
  expect(status).toBe(0);
  expect(last()).toMatchObject({ rows: 3, to_send: 3 });
  // Without it the form is that of all.
  expect((await plan("a.csv", "--format", "jsonl")).status).toBe(2);
});

test.for([
  ["csv", csv("T1,R1,g")],
  ["tsv", "case_id\trelated_id\tgroup_id\nT1\tR1\tg\n"],
  ["jsonl", '{"case_id":"T1","related_id":"R1","group_id":"g"}\n'],
  ["json", '[{"case_id":"T1","related_id_list":["R1"],"group_id":"g"}]'],
] as const)("standard input is read as %s", async ([format, input]) => {
  const { status, last } = await stage.run(["plan", "-", "--format", format, "--json"], { env: ALONE, input });
  expect(status).toBe(0);
  expect(last()).toMatchObject({ rows: 1, to_send: 1 });
});

test("a plan leaves nothing in the ledger", async () => {
  await stage.write("mixed.csv", MIXED);
  await plan("mixed.csv");
  expect(await readdir(stage.ledger, { recursive: true, withFileTypes: true })).not.toContainEqual(
    expect.objectContaining({ name: "batch.json" }),
  );
  const listed = await stage.run(["list", "--json"], { env: ALONE });
  expect([listed.status, listed.stdout]).toEqual([0, ""]);
});

test("rejects carry the reason, and their mended copy is a plan without a fault", async () => {
  await stage.write("faulty.csv", csv("T1,R1,g", "T2,,g"));
  expect((await plan("faulty.csv")).status).toBe(2);
  const rejects = await readFile(`${stage.folder}/faulty.rejects.csv`, "utf8");
  expect(rejects).toBe(`case_id,related_id,group_id,reason
T2,,g,"faulty.csv line 3, related_id """": missing; give the column a value"
`);
  await stage.write("mended.csv", rejects.replace("T2,,g", "T2,R9,g"));
  expect((await plan("mended.csv", "--json")).last()).toMatchObject({ rows: 1, to_send: 1, invalid: 0 });
});

test("rejects that were mended, and files that are something else, are not overwritten", async () => {
  const read = (name: string): Promise<string> => readFile(`${stage.folder}/${name}`, "utf8");
  const rejectsOf = async (...names: string[]): Promise<unknown> => (await plan(...names, "--json")).last()["rejects"];
  await stage.write("work.csv", csv("T1,,g", "T2,,g"));
  expect(await rejectsOf("work.csv")).toBe("work.rejects.csv");
  // What nobody has touched is replaced.
  await stage.write("work.csv", csv("T1,,g", "T2,,g", "T3,,g"));
  expect(await rejectsOf("work.csv")).toBe("work.rejects.csv");
  const mended = (await read("work.rejects.csv")).replace("T1,,g", "T1,R1,g");
  expect(mended.split("\n")).toHaveLength(5);
  await stage.write("work.rejects.csv", mended);
  const told = await plan("work.csv");
  expect(told.stderr).toMatch(/in work\.rejects-2\.csv\n {2}\(work\.rejects\.csv was changed since/);
  expect(await rejectsOf("work.csv")).toBe("work.rejects-2.csv");
  expect(await read("work.rejects.csv")).toBe(mended);
  // Nor is an input.
  await stage.write("in.jsonl", '{"case_id":"","related_id":"R1","group_id":"g"}\n');
  expect(await rejectsOf("in.jsonl")).toBe("in.rejects.jsonl");
  expect(await rejectsOf("in.jsonl", "in.rejects.jsonl")).toBe("in.rejects-2.jsonl");
  await stage.write("also.csv", csv("T1,,g"));
  await stage.write("also.rejects.csv", "notes of mine\n");
  expect(await rejectsOf("also.csv")).toBe("also.rejects-2.csv");
  expect(await read("also.rejects.csv")).toBe("notes of mine\n");
  expect((await readdir(stage.folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("a plan sends nothing, also where it could", async () => {
  await stage.write("mixed.csv", MIXED);
  expect((await stage.run(["plan", "mixed.csv"])).status).toBe(0);
  expect(stage.simulator.journal()).toEqual([]);
});
