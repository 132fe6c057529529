import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chunkIds, openLedger, type BatchRecord, type Ledger } from "../src/index.ts";
import { TEST_FORMS, type TestTable } from "./input-files.ts";
import { createTemporaryLedger, type TemporaryLedger } from "./temporary-ledger.ts";

const REQUEST = { endpoint: "https://api.example.com", overLimit: "refuse", giveUpAfterMs: 1000 } as const;
const END = { state: "completed", started_at: "2026-11-24T20:00:00Z", finished_at: "2026-11-24T20:01:00Z" } as const;

const TABLE: TestTable = {
  header: ["case_id", "related_id", "group_id", "year"],
  rows: [
    ["T1", "r1", "g", "2026"],
    ["T2", "r2", "g", ""],
    ["T2", "r2", "g", "2027"],
  ],
};

/** Folder names that DuckDB could read as partition columns: names of our columns, with values that no row has. */
const FOLDERS = ["env=prod", "line=7", "outcome=x", "row=1", "case_id=T9", "c0=5", "year=3", "file=2"];

async function makeFolder(temporary: TemporaryLedger, name: string): Promise<string> {
  const folder = join(temporary.folder, name, ...FOLDERS);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Ends a batch: the rows of ticket T1 are created, all others have failed. */
async function complete(ledger: Ledger, record: BatchRecord): Promise<void> {
  for (const chunkId of chunkIds(record)) {
    const tickets = await ledger.readChunk(record.id, chunkId);
    const results = tickets.flatMap(({ ticket, rows }) =>
      rows.map(({ row }) => ({ row, outcome: ticket === "T1" ? "created" : "failed", attempts: 1 }) as const),
    );
    await ledger.writeResults(record.id, chunkId, results);
  }
  await ledger.finish(record.id, END);
}

test.each(TEST_FORMS)(
  "a plan and its reports ignore folders named key=value in the path of $name",
  async ({ name, write, lineOf }) => {
    await using temporary = await createTemporaryLedger();
    const path = join(await makeFolder(temporary, "inputs"), name);
    await writeFile(path, await write(TABLE, temporary));
    // The file is the only input in the first case and the second input in the other: different readers handle them.
    for (const inputs of [[{ path }], [{ rows: [{ case_id: "T0", related_id: "r0", group_id: "g" }] }, { path }]]) {
      const folder = await makeFolder(temporary, `ledger-${inputs.length}`);
      const ledger = openLedger(folder);
      const planned = await ledger.plan({ ...REQUEST, inputs, id: "b" });
      await complete(ledger, await planned.commit());
      const out = join(folder, "out.jsonl");
      await ledger.report("b", { format: "jsonl", out });
      const report = (await readFile(out, "utf8")).trimEnd().split("\n");
      const rows = report.map((line): Record<string, unknown> => JSON.parse(line)).slice(inputs.length - 1);
      expect(rows).toMatchObject([
        { case_id: "T1", related_id: "r1", outcome: "created", year: "2026" },
        { case_id: "T2", related_id: "r2", outcome: "failed", year: "" },
        { case_id: "T2", related_id: "r2", outcome: "duplicate", year: "2027" },
      ]);
      expect(rows.map(({ line }) => line)).toEqual([0, 1, 2].map((index) => lineOf(TABLE, index)));
      const retry = await ledger.planRetry("b");
      expect(retry?.counts).toMatchObject({ rows: inputs.length, to_send: inputs.length });
      const undo = await ledger.planUndo("b", "u");
      expect(undo.counts).toMatchObject({ rows: 1, to_send: 1 });
      const tickets: string[] = [];
      for await (const { ticket } of ledger.outcomesByTicket("b")) tickets.push(ticket);
      expect(tickets).toEqual(inputs.length === 1 ? ["T1", "T2"] : ["T0", "T1", "T2"]);
      await ledger.report("u", { format: "csv", out: join(folder, "undo.csv") });
      await ledger.report("b", { format: "html", out: join(folder, "out.html") });
    }
  },
);
