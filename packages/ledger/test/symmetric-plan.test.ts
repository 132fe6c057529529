import { readdir, readFile, writeFile } from "node:fs/promises";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chunkIds, type OverLimit, type PlanRequest } from "../src/index.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";

const ENDPOINT = "https://api.example.com";

type Row = readonly [ticket: string, related: string];

const inputOf = (rows: readonly Row[]) => csvOf(rows.map((row) => [...row, "g"]));

const observe = async ({ ledger }: TemporaryLedger, symmetric: boolean) =>
  void (await ledger.recordApiFacts(ENDPOINT, { symmetric: { value: symmetric, evidence: "observed" } }));

/** Plans the rows and returns the outcome and the reason of each, `send` for a row to send. */
async function planned(temporary: TemporaryLedger, rows: readonly Row[], request: Partial<PlanRequest> = {}) {
  const { ledger, path } = temporary;
  const plan = await temporary.plan({ "in.csv": inputOf(rows) }, request);
  const { counts } = plan.record;
  const sent = new Map<number, string>();
  for (const chunkId of chunkIds(plan.record)) {
    for (const { ticket, rows: ofTicket } of await plan.readChunk(chunkId)) {
      for (const { row } of ofTicket) sent.set(row, ticket);
    }
  }
  await plan.report({ format: "jsonl", out: path("report.jsonl") });
  const lines = (await readFile(path("report.jsonl"), "utf8")).split("\n").filter(Boolean);
  const reported = lines.map((line) => JSON.parse(line) as { outcome: string | null; error_message: string | null });
  const outcomes = reported.map(({ outcome }, at) => outcome ?? (sent.has(at + 1) ? "send" : "lost"));
  await plan.discard();
  const preview = await ledger.preview({
    inputs: [{ path: path("in.csv") }],
    endpoint: ENDPOINT,
    overLimit: request.overLimit ?? "refuse",
  });
  expect(preview.record.counts).toEqual(counts);
  expect(preview.ticketsOverLimit).toEqual(plan.ticketsOverLimit);
  await preview.discard();
  const countOf = (outcome: string) => outcomes.filter((found) => found === outcome).length;
  expect(counts).toMatchObject({
    to_send: countOf("send"),
    tickets_to_send: new Set(sent.values()).size,
    duplicate: countOf("duplicate"),
    limit_reached: countOf("limit_reached"),
  });
  return { outcomes, reasons: reported.map((row) => row.error_message), plan };
}

test("on a symmetric API, a mirrored row is a duplicate of the earlier row", async () => {
  await using temporary = await createTemporaryLedger();
  const rows: Row[] = [
    ["A", "B"],
    ["C", "D"],
    ["B", "A"],
    ["B", "A"],
  ];
  expect((await planned(temporary, rows)).outcomes).toEqual(["send", "send", "send", "duplicate"]);
  await observe(temporary, true);
  const { outcomes, reasons } = await planned(temporary, rows);
  expect(outcomes).toEqual(["send", "send", "duplicate", "duplicate"]);
  expect(reasons.slice(2)).toEqual(["same association as line 2, from the other ticket", "same as line 4"]);
});

test("on a symmetric API, the rows that name a related ticket count towards its three", async () => {
  await using temporary = await createTemporaryLedger();
  await observe(temporary, true);
  const rows: Row[] = [
    ["HUB", "R"],
    ["A", "HUB"],
    ["B", "HUB"],
    ["A", "X"],
    ["C", "HUB"],
    ["D", "E"],
  ];
  const refused = await planned(temporary, rows);
  expect(refused.outcomes).toEqual([
    "limit_reached",
    "limit_reached",
    "limit_reached",
    "send",
    "limit_reached",
    "send",
  ]);
  expect(refused.reasons[0]).toBe(
    "the input asks for 4 associations of this ticket; at most 3 are possible; none is sent",
  );
  expect(refused.reasons[1]).toBe(
    "the input asks for 4 associations of the related ticket; at most 3 are possible; none is sent",
  );
  expect(refused.plan.ticketsOverLimit).toEqual([{ ticket: "HUB", lines: [2, 3, 4, 6], asked: 4 }]);
  expect(refused.plan.crowdedRelatedCount).toBe(0);
  const filled = await planned(temporary, rows, { overLimit: "fill" });
  expect(filled.outcomes).toEqual(["send", "send", "send", "send", "limit_reached", "send"]);
  expect(filled.reasons[4]).toMatch(
    /of the related ticket; at most 3 are possible; the first 3 in file order are sent/,
  );
});

test("with fill, a row that its related ticket cannot take leaves the place of its own ticket free", async () => {
  await using temporary = await createTemporaryLedger();
  await observe(temporary, true);
  const full: Row[] = [1, 2, 3].map((at) => [`F${at}`, "HUB"]);
  const rows: Row[] = [...full, ["A", "HUB"], ["A", "1"], ["A", "2"], ["A", "3"], ["A", "4"]];
  expect((await planned(temporary, rows, { overLimit: "fill" })).outcomes.slice(3)).toEqual([
    "limit_reached",
    "send",
    "send",
    "send",
    "limit_reached",
  ]);
});

/** The outcomes by the rules, row by row and independently of the planner. */
function expectedOutcomes(rows: readonly Row[], overLimit: OverLimit): string[] {
  const seen = new Set<string>();
  const asked = new Map<string, number>();
  const add = (counts: Map<string, number>, row: Row) => {
    for (const id of row) counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  const isFirst = rows.map((row) => {
    const pair = [...row].sort().join(" ");
    if (seen.has(pair)) return false;
    seen.add(pair);
    add(asked, row);
    return true;
  });
  const taken = new Map<string, number>();
  return rows.map((row, at) => {
    if (!isFirst[at]) return "duplicate";
    const counts = overLimit === "fill" ? taken : asked;
    const most = overLimit === "fill" ? 2 : 3;
    if (row.some((id) => (counts.get(id) ?? 0) > most)) return "limit_reached";
    add(taken, row);
    return "send";
  });
}

test("the plan for a symmetric API agrees with a row-by-row model", async () => {
  await using temporary = await createTemporaryLedger();
  await observe(temporary, true);
  const id = fc.constantFrom("A", "B", "C", "D", "E", "F", "G", "日本");
  const rows = fc.array(fc.tuple(id, id), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom<OverLimit>("refuse", "fill"), async (drawn, overLimit) => {
      const valid = drawn.filter(([ticket, related]) => ticket !== related);
      if (valid.length === 0) return;
      const { outcomes } = await planned(temporary, valid, { overLimit });
      expect(outcomes).toEqual(expectedOutcomes(valid, overLimit));
    }),
    { numRuns: 25 },
  );
}, 120_000);

/** Returns rows of different tickets that name the same related ticket. */
const named = (hub: string, times: number): Row[] => Array.from({ length: times }, (_, at) => [`${hub}-${at}`, hub]);

test("as long as symmetry is not known, related tickets of more than three rows are listed, the first twenty", async () => {
  await using temporary = await createTemporaryLedger();
  const rows = [...named("H1", 4), ...named("H2", 3), ["H1-0", "H1"] as const, ...named("H3", 5)];
  const unknown = await planned(temporary, rows);
  expect(unknown.outcomes.filter((outcome) => outcome !== "send")).toEqual(["duplicate"]);
  expect(unknown.plan).toMatchObject({
    crowdedRelated: [
      { ticket: "H1", lines: [2, 3, 4, 5, 9], asked: 4 },
      { ticket: "H3", lines: [10, 11, 12, 13, 14], asked: 5 },
    ],
    crowdedRelatedCount: 2,
  });
  const many = Array.from({ length: 30 }, (_, at) => named(`M${at}`, 4)).flat();
  const { plan } = await planned(temporary, many);
  expect(plan.crowdedRelated.map(({ ticket }) => ticket)).toEqual(Array.from({ length: 20 }, (_, at) => `M${at}`));
  expect(plan.crowdedRelatedCount).toBe(30);

  await observe(temporary, false);
  expect((await planned(temporary, rows)).plan).toMatchObject({ crowdedRelated: [], crowdedRelatedCount: 0 });
});

test("a damaged API profile stops a plan with the file's name", async () => {
  await using temporary = await createTemporaryLedger();
  await observe(temporary, true);
  const folder = `${temporary.ledger.location}/apis`;
  const [file = ""] = await readdir(folder, { recursive: true }).then((names) =>
    names.filter((name) => name.endsWith(".json")),
  );
  await writeFile(`${folder}/${file}`, "{");
  await expect(temporary.plan({ "in.csv": inputOf([["A", "B"]]) })).rejects.toThrow(file);
});

test("the first hundred lines of a crowded related ticket are listed, each with its file if there are several", async () => {
  await using temporary = await createTemporaryLedger();
  const files = {
    "a.csv": inputOf(named("A", 2).map(([ticket]) => [ticket, "HUB"])),
    "b.csv": inputOf(named("HUB", 150)),
  };
  const plan = await temporary.plan(files);
  const [hub] = plan.crowdedRelated;
  await plan.discard();
  expect(hub).toMatchObject({ ticket: "HUB", asked: 152 });
  expect(hub?.lines).toEqual([2, 3, ...Array.from({ length: 98 }, (_, at) => at + 2)]);
  expect(hub?.files?.map((file) => file.replace(/^.*[\\/]/, "")).slice(1, 4)).toEqual(["a.csv", "b.csv", "b.csv"]);
});
