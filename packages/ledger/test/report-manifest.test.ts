import { createHash } from "node:crypto";
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chunkIds, openLedger } from "../src/index.ts";
import { STORES } from "./stores.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";

const END = {
  state: "completed",
  started_at: "2026-11-24T20:00:00.000Z",
  finished_at: "2026-11-24T20:00:10.000Z",
} as const;

const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex");

async function createFinished(): Promise<TemporaryLedger & { file: (name: string) => string }> {
  const temporary = await createTemporaryLedger();
  const planned = await temporary.plan(
    {
      "in.csv": csvOf([
        ["A", "r1", "g"],
        ["", "r1", "g"],
      ]),
    },
    { id: "b1" },
  );
  await planned.commit();
  await temporary.ledger.finish("b1", END);
  return Object.assign(temporary, { file: (name: string) => join(temporary.folder, "ledger/batches/b1", name) });
}

test("a report written after the batch ended has a manifest, and comparing it finds no difference", async () => {
  await using temporary = await createFinished();
  const { ledger, path } = temporary;
  const out = path("report.csv");
  const { manifest } = await ledger.report("b1", { format: "csv", out, outcomes: ["invalid"] });
  expect(manifest).toBe(`${out}.manifest.json`);
  const read: unknown = JSON.parse(await readFile(String(manifest), "utf8"));
  const [input] = (await ledger.batch("b1"))?.inputs ?? [];
  expect(read).toMatchObject({
    version: 2,
    batch: "b1",
    inputs: [input],
    results_sha256: (await ledger.summary("b1"))?.results_sha256,
    report: { name: "report.csv", outcomes: ["invalid"] },
  });
  expect(await ledger.compareFiles("b1")).toEqual({ files: 6, differences: [], isSealed: true });
  expect(await ledger.compareFiles("b1", out)).toEqual({ files: 7, differences: [], isSealed: true });
});

test("a comparison names altered, missing and added files, also after the report was written again", async () => {
  await using temporary = await createFinished();
  const { ledger, path, file } = temporary;
  const out = path("report.html");
  await ledger.report("b1", { format: "html", out });
  await appendFile(out, " ");
  await appendFile(file("summary.json"), " \n");
  await rm(file("rejects/rejects.csv"));
  await writeFile(file("rows/00001.jsonl"), "");
  const inBatch = [
    { file: "summary.json", is: "altered" },
    { file: "rejects/rejects.csv", is: "missing" },
    { file: "rows/00001.jsonl", is: "added" },
  ];
  const differencesOf = async (report?: string) => (await ledger.compareFiles("b1", report))?.differences;
  expect(new Set(await differencesOf(out))).toEqual(new Set([...inBatch, { file: out, is: "altered" }]));

  await ledger.report("b1", { format: "html", out });
  expect(new Set(await differencesOf(out))).toEqual(new Set(inBatch));
  await rm(out);
  expect(await differencesOf(out)).toContainEqual({ file: out, is: "missing" });
  await rm(`${out}.manifest.json`);
  expect(await differencesOf(out)).toContainEqual({ file: `${out}.manifest.json`, is: "missing" });
});

test("a comparison rejects the manifest of another batch and a file that is not a manifest", async () => {
  await using temporary = await createFinished();
  const { ledger, path } = temporary;
  const out = path("report.csv");
  await ledger.report("b1", { format: "csv", out });
  const text = await readFile(`${out}.manifest.json`, "utf8");
  await writeFile(`${out}.manifest.json`, text.replace('"b1"', '"b2"'));
  await expect(ledger.compareFiles("b1", out)).rejects.toThrow(/is the manifest of batch b2, not of b1/);
  await writeFile(`${out}.manifest.json`, "{}");
  await expect(ledger.compareFiles("b1", out)).rejects.toMatchObject({ code: "corrupt" });
});

test("a report of a batch that has not ended has no manifest, and an older manifest of that name is removed", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger, path } = temporary;
  await (await temporary.plan({ "in.csv": csvOf([["A", "r1", "g"]]) }, { id: "b1" })).commit();
  const out = path("report.csv");
  await writeFile(`${out}.manifest.json`, "of an earlier report");
  expect(await ledger.report("b1", { format: "csv", out })).toEqual({ rows: 1 });
  await expect(readFile(`${out}.manifest.json`)).rejects.toThrow(/ENOENT/);
});

for (const { kind, open, isMissing } of STORES) {
  test.skipIf(isMissing)(
    `an HTML report and its manifest are written and checked with a ledger in ${kind}`,
    async () => {
      await using fixture = await open();
      await using temporary = await createTemporaryLedger();
      const ledger = openLedger(fixture.next());
      const request = {
        endpoint: "https://api.example.com",
        overLimit: "refuse",
        giveUpAfterMs: 1000,
        id: "b1",
      } as const;
      const rows = [{ case_id: "A", related_id: "r1", group_id: "g" }];
      await (await ledger.plan({ ...request, inputs: [{ rows }] })).commit();
      await ledger.finish("b1", END);
      const out = temporary.path("report.html");
      expect((await ledger.report("b1", { format: "html", out })).rows).toBe(1);
      expect(await readFile(out, "utf8")).toContain("0 associations created, 1 not done");
      expect(await ledger.compareFiles("b1", out)).toMatchObject({ differences: [] });
      await appendFile(out, " ");
      expect(await ledger.compareFiles("b1", out)).toMatchObject({ differences: [{ file: out, is: "altered" }] });
    },
  );
}

test("an older batch without a digest is compared, and says that it carries none", async () => {
  await using temporary = await createFinished();
  const { ledger, path, file } = temporary;
  const { results_sha256: _, ...older } = (await ledger.summary("b1")) ?? {};
  await writeFile(file("summary.json"), `${JSON.stringify(older, undefined, 2)}\n`);
  const out = path("report.csv");
  await ledger.report("b1", { format: "csv", out });
  expect(await ledger.compareFiles("b1", out)).toEqual({ files: 7, differences: [], isSealed: false });
  const manifest = await readFile(`${out}.manifest.json`, "utf8");
  await writeFile(`${out}.manifest.json`, manifest.replace('"version": 2', '"version": 1'));
  expect(await ledger.compareFiles("b1", out)).toMatchObject({ differences: [], isSealed: false });
});

test("an outcome that was changed is found, although its file was sealed again and the report and its manifest are new", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger, path } = temporary;
  const rows = Array.from({ length: 4 }, (_, at) => [`T${at}`, "r1", "g"]);
  const record = await (await temporary.plan({ "in.csv": csvOf(rows) }, { id: "b1" })).commit();
  const settle = async (outcome: "created" | "forbidden") => {
    for (const chunkId of chunkIds(record)) {
      const tickets = await ledger.readChunk("b1", chunkId);
      const results = tickets.flatMap((ticket) =>
        ticket.rows.map(({ row }) => ({
          row,
          attempts: 1,
          outcome: ticket.ticket === "T1" ? outcome : ("created" as const),
        })),
      );
      await ledger.writeResults("b1", chunkId, results);
    }
  };
  await settle("forbidden");
  const end = await ledger.finish("b1", END);
  expect(end).toMatchObject({
    created: 3,
    forbidden: 1,
    results_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  const out = path("report.csv");
  await ledger.report("b1", { format: "csv", out });
  expect(await ledger.compareFiles("b1", out)).toMatchObject({ differences: [] });

  // A report that was changed together with its manifest differs from what the ledger makes.
  const [report, manifest] = await Promise.all([out, `${out}.manifest.json`].map((file) => readFile(file, "utf8")));
  const forged = report?.replace("forbidden", "created") ?? "";
  await writeFile(out, forged);
  await writeFile(`${out}.manifest.json`, manifest?.replace(sumOf(report ?? ""), sumOf(forged)) ?? "");
  expect((await ledger.compareFiles("b1", out)).differences).toEqual([{ file: out, is: "altered" }]);

  await settle("created");
  const summary = join(temporary.folder, "ledger/batches/b1/summary.json");
  const text = await readFile(summary, "utf8");
  await writeFile(summary, text.replace('"created": 3', '"created": 4').replace('"forbidden": 1', '"forbidden": 0'));
  await ledger.report("b1", { format: "csv", out });
  expect((await ledger.compareFiles("b1", out)).differences).toEqual([{ file: "results", is: "altered" }]);
  expect((await ledger.compareFiles("b1")).differences).toEqual([{ file: "results", is: "altered" }]);
});
