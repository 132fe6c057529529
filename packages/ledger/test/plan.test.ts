import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { formatCsvLine } from "@caselink/common";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chunkIds, laneOf, LedgerError, type BatchRecord, type ChunkTicket } from "../src/index.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";

interface ReportLine {
  line: number;
  case_id: string;
  related_id: string;
  group_id: string;
  outcome: string | null;
  error_message: string | null;
}

async function reportOf({ ledger, path }: TemporaryLedger, id: string): Promise<ReportLine[]> {
  await ledger.report(id, { format: "jsonl", out: path("report.jsonl") });
  const lines = (await readFile(path("report.jsonl"), "utf8")).split("\n").filter(Boolean);
  const rows: ReportLine[] = lines.map((line) => JSON.parse(line));
  return rows;
}

async function chunksOf({ ledger }: TemporaryLedger, record: BatchRecord) {
  const chunks: { id: string; tickets: ChunkTicket[] }[] = [];
  for (const id of chunkIds(record)) chunks.push({ id, tickets: await ledger.readChunk(record.id, id) });
  return chunks;
}

type Row = [ticket: string, related: string, group: string];

function isBad(value: string, longest: number): boolean {
  return value === "" || Array.from(value).length > longest || value.includes("\u0007") || value === "2.02601E+13";
}

/** Returns the outcome of each row, computed row by row in memory and independently of the planner. */
function expectedOutcomes(rows: readonly Row[], overLimit: "refuse" | "fill", groupId: string | undefined): string[] {
  const seen = new Map<string, { group: string; related: string[] }>();
  const outcomes = rows.map(([ticket, related, given]) => {
    const group = given === "" ? (groupId ?? "") : given;
    if (isBad(ticket, 64) || isBad(related, 32) || isBad(group, 64) || ticket === related) return "invalid";
    const known = seen.get(ticket) ?? { group, related: [] };
    seen.set(ticket, known);
    if (known.group !== group) return "invalid";
    if (known.related.includes(related)) return "duplicate";
    known.related.push(related);
    return "send";
  });
  return rows.map(([ticket, related], index) => {
    const asked = seen.get(ticket)?.related ?? [];
    if (outcomes[index] !== "send" || asked.length <= 3) return outcomes[index] ?? "";
    return overLimit === "fill" && asked.indexOf(related) < 3 ? "send" : "limit_reached";
  });
}

const ticketId = fc.constantFrom("A", "B", "C", "D", "日本", "", "2.02601E+13", "x".repeat(65), "😀".repeat(64), "r1");
const relatedId = fc.constantFrom("r1", "r2", "r3", "r4", "r5", "A", "", "y".repeat(32), "y".repeat(33), "be\u0007ll");
const groupName = fc.constantFrom("g", "g", "g", "g", "h", "");

test("the plan agrees with a row-by-row model, and every row is settled or sent exactly once", async () => {
  await using temporary = await createTemporaryLedger();
  const scenario = fc.record({
    rows: fc.array(fc.tuple(ticketId, relatedId, groupName), { minLength: 1, maxLength: 40 }),
    overLimit: fc.constantFrom("refuse" as const, "fill" as const),
    groupId: fc.constantFrom(undefined, "g"),
    ticketsPerChunk: fc.integer({ min: 1, max: 3 }),
    isQuoted: fc.boolean(),
    files: fc.integer({ min: 1, max: 2 }),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ rows, overLimit, groupId, ticketsPerChunk, isQuoted, files }) => {
      const id = `run-${run++}`;
      const header = formatCsvLine(["case_id", "related_id", "group_id"]);
      const lines = rows.map((row) => row.map((value) => (isQuoted ? `"${value}"` : value)).join(","));
      // A line of separators only is not a row, and the model has none.
      fc.pre(rows.every((row) => row.some((value) => value !== "")));
      fc.pre(rows.length >= files);
      const half = files === 1 ? lines.length : Math.ceil(lines.length / 2);
      const parts = [lines.slice(0, half), lines.slice(half)].slice(0, files);
      const content = Object.fromEntries(parts.map((part, index) => [`${index}.csv`, [header, ...part].join("\n")]));
      const planned = await temporary.plan(content, {
        id,
        overLimit,
        ticketsPerChunk,
        ...(groupId !== undefined && { groupId }),
      });
      const record = await planned.commit();
      const expected = expectedOutcomes(rows, overLimit, groupId);

      const report = await reportOf(temporary, id);
      expect(report.map((line) => line.outcome ?? "send")).toEqual(expected);
      expect(report.map((line) => [line.case_id, line.related_id])).toEqual(
        rows.map(([ticket, related]) => [ticket, related]),
      );

      const { counts } = record;
      const countOf = (outcome: string) => expected.filter((one) => one === outcome).length;
      expect(counts).toMatchObject({
        rows: rows.length,
        lines: rows.length,
        to_send: countOf("send"),
        duplicate: countOf("duplicate"),
        limit_reached: countOf("limit_reached"),
        invalid: countOf("invalid"),
      });
      const ticketsWith = (isMeant: (outcome: string) => boolean) =>
        new Set(rows.filter((_, index) => isMeant(expected[index] ?? "")).map(([ticket]) => ticket)).size;
      expect(counts.tickets).toBe(ticketsWith((outcome) => outcome !== "invalid"));
      expect(counts.tickets_to_send).toBe(ticketsWith((outcome) => outcome === "send"));

      const chunks = await chunksOf(temporary, record);
      const tickets = chunks.flatMap((chunk) => chunk.tickets);
      const sent = tickets.flatMap(({ ticket, group, rows: own }) =>
        own.map(({ row, related }) => ({ row, ticket, related, group })),
      );
      expect(sent.sort((a, b) => a.row - b.row)).toEqual(
        rows.flatMap(([ticket, related, group], index) =>
          expected[index] === "send" ? [{ row: index + 1, ticket, related, group: group || (groupId ?? "") }] : [],
        ),
      );
      expect(new Set(tickets.map(({ ticket }) => ticket)).size).toBe(tickets.length);
      for (const { rows: own } of tickets) {
        expect(own.length).toBeLessThanOrEqual(3);
        expect(own.map(({ row }) => row)).toEqual(own.map(({ row }) => row).sort((a, b) => a - b));
      }
      for (const chunk of chunks) {
        expect(chunk.tickets.length).toBeGreaterThan(0);
        expect(chunk.tickets.length).toBeLessThanOrEqual(ticketsPerChunk);
        expect(chunk.tickets.map(({ ticket }) => laneOf(ticket))).toEqual(chunk.tickets.map(() => chunk.id[0]));
      }
    }),
    { numRuns: 40 },
  );
});

test("the tickets of a lane keep their order and fill its chunks evenly", async () => {
  await using temporary = await createTemporaryLedger();
  const rows = Array.from({ length: 600 }, (_, index) => [`SR${(index * 7) % 300}`, `TT${index}`, "g"]);
  const planned = await temporary.plan({ "in.csv": csvOf(rows) }, { ticketsPerChunk: 8, id: "even" });
  const record = await planned.commit();
  const firstSeen = [...new Set(rows.map(([ticket]) => ticket))];
  for (const [lane, count] of Object.entries(record.chunks)) {
    const chunks = (await chunksOf(temporary, { ...record, chunks: { [lane]: count } })).map((chunk) => chunk.tickets);
    const sizes = chunks.map((tickets) => tickets.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(count).toBe(Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 8));
    const order = chunks.flat().map(({ ticket }) => firstSeen.indexOf(ticket));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
});

test("a lane with more tickets than one write holds has all of them in order, with any ids", async () => {
  await using temporary = await createTemporaryLedger();
  const tickets: string[] = [];
  for (let index = 0; tickets.length < 21_000; index++) {
    const ticket = `T\\${index}'日`;
    if (laneOf(ticket) === "3") tickets.push(ticket);
  }
  const rows = [...tickets.map((ticket) => [ticket, "R\\1", "g/'"]), ...tickets.map((ticket) => [ticket, "R2", "g/'"])];
  const planned = await temporary.plan({ "in.csv": csvOf(rows) }, { id: "one-lane" });
  await planned.commit();
  const chunks = await chunksOf(temporary, planned.record);
  expect(planned.record.chunks).toEqual({ "3": 14 });
  expect(chunks.flatMap((chunk) => chunk.tickets)).toEqual(
    tickets.map((ticket, index) => ({
      ticket,
      group: "g/'",
      rows: [
        { row: index + 1, related: "R\\1" },
        { row: tickets.length + index + 1, related: "R2" },
      ],
    })),
  );
});

test("the plan of a file with every kind of row settles each kind as documented and lists all errors", async () => {
  await using temporary = await createTemporaryLedger();
  const rows = [
    ["OK1", "r1", "g"], ["OK1", "r2", "g"], ["OK1", "r1", "g"],
    ["OVER", "r1", "g"], ["OVER", "r2", "g"], ["OVER", "r3", "g"], ["OVER", "r4", "g"], ["OVER", "r4", "g"],
    ["SELF", "SELF", "g"], ["", "r1", "g"], ["LONG", "x".repeat(33), "g"],
  ]; // prettier-ignore
  const planned = await temporary.plan({ "in.csv": csvOf(rows) }, { id: "mixed" });
  expect(planned.record.counts).toEqual({
    rows: 11, lines: 11, tickets: 2, to_send: 2, tickets_to_send: 1, duplicate: 2, limit_reached: 4, invalid: 3,
  }); // prettier-ignore
  expect(planned.errors.map(({ line, column, reason }) => [line, column, reason])).toEqual([
    [10, "related_id", "is the ticket itself"],
    [11, "case_id", "missing"],
    [12, "related_id", "33 characters; at most 32 are allowed"],
  ]);
  expect(planned.ticketsOverLimit).toEqual([{ ticket: "OVER", lines: [5, 6, 7, 8, 9], asked: 4 }]);
  await planned.commit();
  const report = await reportOf(temporary, "mixed");
  expect(report[2]?.error_message).toBe("same as line 2");
  expect(report[3]?.error_message).toContain("asks for 4 associations of this ticket; at most 3 are possible");
});

test("with several inputs, messages name the file of each line", async () => {
  await using temporary = await createTemporaryLedger();
  const { path } = temporary;
  const planned = await temporary.plan({
    "a.csv": csvOf([
      ["OVER", "r1", "g"],
      ["OVER", "r2", "g"],
      ["TWICE", "r1", "g"],
    ]),
    "b.csv": csvOf([
      ["OVER", "r3", "g"],
      ["OVER", "r4", "g"],
      ["TWICE", "r2", "h"],
    ]),
  });
  expect(planned.ticketsOverLimit).toEqual([
    { ticket: "OVER", lines: [2, 3, 2, 3], files: ["a.csv", "a.csv", "b.csv", "b.csv"].map(path), asked: 4 },
  ]);
  expect(planned.errors.map(({ line, reason }) => [line, reason])).toEqual([
    [4, `the ticket has another group in line 4 of ${path("a.csv")}`],
  ]);
});

test("a line with several related ids is several rows with the same line", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan(
    {
      "a.csv": 'Case_ID ;Related_IDs; GROUP_ID\nT1;r1 r2|r3;g\nT2;"r1,r2";g\n',
      "b.jsonl":
        '{"case_id":"T3","related_id_list":["r1","r2"],"group_id":"g","n":1}\n\n{"case_id":"T4","related_id":"r 1","group_id":"g"}\n',
      "c.json": '[\n{"case_id":"T5","related_ids":"r1;r2","group_id":"g","owner":{"name":"Ö"}}\n]',
      "d.tsv": "case_id\trelated_id\tgroup_id\nT6\tr1\tg\n",
    },
    { id: "several" },
  );
  expect(planned.record.counts).toMatchObject({ rows: 11, lines: 6, to_send: 11, tickets: 6 });
  expect(planned.record.columns).toEqual(["n", "owner"]);
  await planned.commit();
  const rows = (await reportOf(temporary, "several")).map((row) => [row.line, row.case_id, row.related_id]);
  expect(rows).toEqual([
    [2, "T1", "r1"], [2, "T1", "r2"], [2, "T1", "r3"], [3, "T2", "r1"], [3, "T2", "r2"],
    [1, "T3", "r1"], [1, "T3", "r2"], [3, "T4", "r 1"], [2, "T5", "r1"], [2, "T5", "r2"], [2, "T6", "r1"],
  ]); // prettier-ignore
});

test("the map finds columns, and blanks around values are removed", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan(
    { "in.csv": "Ticket,Link,case_id\n T1 ,\u00a0r1, kept as it is \n" },
    { id: "mapped", groupId: "g", map: { case_id: "ticket", related_id: "Link" } },
  );
  const record = await planned.commit();
  expect(record.columns).toEqual(["case_id"]);
  const [chunk] = await chunksOf(temporary, record);
  expect(chunk?.tickets).toEqual([{ ticket: "T1", group: "g", rows: [{ row: 1, related: "r1" }] }]);
  await temporary.ledger.report("mapped", { format: "csv", out: temporary.path("out.csv") });
  const [header, line] = (await readFile(temporary.path("out.csv"), "utf8")).split("\n");
  expect(header).toMatch(/,settled_at,input_case_id$/);
  expect(line).toMatch(/^2,T1,r1,g,.*, kept as it is $/);
});

test("standard input is read in the format that is named", async () => {
  await using temporary = await createTemporaryLedger();
  const stream = Readable.from([Buffer.from("case_id,related_id,group_id\nT1,"), Buffer.from("r1,g\n")]);
  const planned = await temporary.plan({}, { inputs: [{ path: "-", format: "csv", stream }], id: "stdin" });
  expect((await planned.commit()).inputs).toMatchObject([{ name: "standard input", bytes: 36 }]);
  await expect(temporary.plan({}, { inputs: [{ path: "-" }] })).rejects.toThrow(/--format/);
});

test("a plan with the id and the input of a batch attaches to it, and one with other input is an error", async () => {
  await using temporary = await createTemporaryLedger();
  const files = { "in.csv": csvOf([["T1", "r1", "g"]]) };
  const first = await (await temporary.plan(files, { id: "mine" })).commit();
  expect(first.attached).toBe(false);
  const again = await (await temporary.plan({ "renamed.csv": files["in.csv"] }, { id: "mine", maxRate: 5 })).commit();
  expect(again).toEqual({ ...first, attached: true });
  const differing = [
    temporary.plan({ "other.csv": csvOf([["T1", "r2", "g"]]) }, { id: "mine" }),
    temporary.plan({ "a.csv": files["in.csv"] }, { id: "mine", overLimit: "fill" }),
    temporary.plan({ "b.csv": files["in.csv"] }, { id: "mine", endpoint: "https://other.example.com" }),
  ];
  for (const planned of differing) {
    await expect((await planned).commit()).rejects.toThrow(expect.objectContaining({ code: "batch-exists" }));
  }
  expect(await temporary.ledger.batches()).toHaveLength(1);
});

test("two plans with one id that commit at the same time make one batch", async () => {
  await using temporary = await createTemporaryLedger();
  const content = csvOf([["T1", "r1", "g"]]);
  const plans = await Promise.all(["a", "b", "c"].map((name) => temporary.plan({ [name]: content }, { id: "raced" })));
  const committed = await Promise.all(plans.map((planned) => planned.commit()));
  expect(committed.filter(({ attached }) => !attached)).toHaveLength(1);
});

test("a plan is not in the ledger before its commit, and leaves no file after discard", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan(
    {
      "in.csv": csvOf([
        ["T1", "r1", "g"],
        ["T1", "", "g"],
      ]),
    },
    { id: "held" },
  );
  expect(await temporary.ledger.batches()).toEqual([]);
  await planned.discard();
  await expect(planned.commit()).rejects.toThrow(LedgerError);
  await expect(planned.writeRejects(temporary.path("out.csv"))).rejects.toThrow(/discarded/);
  expect(await temporary.ledger.batch("held")).toBeUndefined();
});

test("new ids have the day and four digits, and only ids that can be the name of a folder are allowed", async () => {
  await using temporary = await createTemporaryLedger();
  const files = { "in.csv": csvOf([["T1", "r1", "g"]]) };
  const planned = await temporary.plan(files, { now: () => new Date("2026-11-24T23:59:59Z") });
  expect(planned.id).toMatch(/^2026-11-24-[0-9a-f]{4}$/);
  for (const id of ["..", "a/b", "", "x".repeat(65), "a b"]) {
    await expect(temporary.plan(files, { id })).rejects.toThrow(expect.objectContaining({ code: "bad-id" }));
  }
});
