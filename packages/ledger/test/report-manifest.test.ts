import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedger } from "../src/index.ts";
import { STORES } from "./stores.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";

const END = {
  state: "completed",
  started_at: "2026-11-24T20:00:00.000Z",
  finished_at: "2026-11-24T20:00:10.000Z",
} as const;

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

test("a report written after the batch ended has a manifest, and checking it finds no difference", async () => {
  await using temporary = await createFinished();
  const { ledger, path } = temporary;
  expect(await ledger.checkManifest("b1")).toBeUndefined();
  const out = path("report.csv");
  const { manifest } = await ledger.report("b1", { format: "csv", out, outcomes: ["invalid"] });
  expect(manifest).toBe(`${out}.manifest.json`);
  const read: unknown = JSON.parse(await readFile(String(manifest), "utf8"));
  const [input] = (await ledger.batch("b1"))?.inputs ?? [];
  expect(read).toMatchObject({
    version: 1,
    batch: "b1",
    inputs: [input],
    report: { name: "report.csv", outcomes: ["invalid"] },
  });
  const files = (read as { files: { path: string }[] }).files.map((file) => file.path);
  const lane = files.find((file) => file.startsWith("chunks/"));
  expect(files).toEqual(["SHA256SUMS", "batch.json", lane, "rejects/rejects.csv", "rows/00000.jsonl", "summary.json"]);
  expect(await ledger.checkManifest("b1")).toEqual({ files: 6, differences: [] });
  expect(await ledger.checkManifest("b1", out)).toEqual({ files: 7, differences: [] });
});

test("a manifest check names altered, missing and added files, also after the report was written again", async () => {
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
  const differencesOf = async (report?: string) => (await ledger.checkManifest("b1", report))?.differences;
  expect(new Set(await differencesOf(out))).toEqual(new Set([...inBatch, { file: out, is: "altered" }]));

  await ledger.report("b1", { format: "html", out });
  expect(new Set(await differencesOf(out))).toEqual(new Set(inBatch));
  await rm(out);
  expect(await differencesOf(out)).toContainEqual({ file: out, is: "missing" });
  await rm(`${out}.manifest.json`);
  expect(await differencesOf(out)).toContainEqual({ file: `${out}.manifest.json`, is: "missing" });
});

test("a manifest check rejects the manifest of another batch and a file that is not a manifest", async () => {
  await using temporary = await createFinished();
  const { ledger, path } = temporary;
  const out = path("report.csv");
  await ledger.report("b1", { format: "csv", out });
  const text = await readFile(`${out}.manifest.json`, "utf8");
  await writeFile(`${out}.manifest.json`, text.replace('"b1"', '"b2"'));
  await expect(ledger.checkManifest("b1", out)).rejects.toThrow(/is the manifest of batch b2, not of b1/);
  await writeFile(`${out}.manifest.json`, "{}");
  await expect(ledger.checkManifest("b1", out)).rejects.toMatchObject({ code: "corrupt" });
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
      expect(await ledger.checkManifest("b1", out)).toMatchObject({ differences: [] });
      await appendFile(out, " ");
      expect(await ledger.checkManifest("b1", out)).toMatchObject({ differences: [{ file: out, is: "altered" }] });
    },
  );
}
