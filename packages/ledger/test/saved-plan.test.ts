import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { chunkIds, openLedger, type Ledger, type PlannedBatch } from "../src/index.ts";
import { STORES } from "./stores.ts";
import { createTemporaryLedger, csvOf } from "./temporary-ledger.ts";

const code = (expected: string) => expect.objectContaining({ code: expected });
const END = { state: "completed", started_at: "2026-11-24T20:00:00Z", finished_at: "2026-11-24T20:01:00Z" } as const;

async function plan(ledger: Ledger, id: string): Promise<PlannedBatch> {
  await using temporary = await createTemporaryLedger();
  const path = await temporary.write("in.csv", csvOf([["T1", "r1", "g"]]));
  return await ledger.plan({
    inputs: [{ path }],
    id,
    endpoint: "https://api.example.com",
    overLimit: "refuse",
    giveUpAfterMs: 1,
  });
}

describe.each(STORES)("in $kind", ({ open, isMissing }) => {
  const options = { skip: isMissing };

  test("a saved plan waits until it is started, and stays started", options, async () => {
    await using fixture = await open();
    const ledger = openLedger(fixture.next());
    const record = await (await plan(ledger, "p")).commit({ startsLater: true });
    expect([record.attached, await ledger.savedPlan("p"), await ledger.savedPlan("none")]).toEqual([
      false,
      "waiting",
      undefined,
    ]);
    await ledger.start("p");
    await ledger.start("p");
    expect(await ledger.savedPlan("p")).toBe("started");
    await expect(ledger.forget("p")).rejects.toThrow(code("not-finished"));
    // Committing the same input again attaches to the existing batch, saved or not.
    expect((await (await plan(ledger, "p")).commit({ startsLater: true })).attached).toBe(true);
    expect(await ledger.savedPlan("p")).toBe("started");
  });

  test("saving the plan of a batch that was already started does not stop the batch", options, async () => {
    await using fixture = await open();
    const ledger = openLedger(fixture.next());
    await (await plan(ledger, "p")).commit();
    expect((await (await plan(ledger, "p")).commit({ startsLater: true })).attached).toBe(true);
    expect(await ledger.savedPlan("p")).toBeUndefined();
    await ledger.start("p");
    await expect(ledger.forget("p")).rejects.toThrow(code("not-finished"));
  });

  test("when start and forget of a saved plan race, exactly one of them succeeds", options, async () => {
    await using fixture = await open();
    const ledger = openLedger(fixture.next());
    for (let round = 0; round < 5; round++) {
      const id = `p${round}`;
      await (await plan(ledger, id)).commit({ startsLater: true });
      const [started, forgotten] = await Promise.allSettled([ledger.start(id), ledger.forget(id)]);
      expect([started.status, forgotten.status].sort()).toEqual(["fulfilled", "rejected"]);
      expect((await ledger.batch(id)) !== undefined).toBe(started.status === "fulfilled");
    }
  });

  test(
    "a check stores the tickets it read for the next check of the same input, until they are removed",
    options,
    async () => {
      await using fixture = await open();
      const ledger = openLedger(fixture.next());
      const read_at = "2026-11-24T20:00:00.000Z";
      const entries = [
        { ticket: "T1", read_at, present: ["r1"] },
        { ticket: "T2", read_at, refused: { outcome: "not_found" as const, error_code: "OSM.01010015" } },
      ];
      const first = await plan(ledger, "a");
      await first.openCheck().write("related-0", entries);
      await first.discard();
      const check = (await plan(ledger, "b")).openCheck();
      expect([await check.read("related-0"), await check.read("0-00000")]).toEqual([entries, []]);
      await check.remove();
      expect(await check.read("related-0")).toEqual([]);
      expect(await ledger.batches()).toEqual([]);
    },
  );
});

test("a retry of a batch that was started from a saved plan does not wait for a start", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const planned = await temporary.plan({ "in.csv": csvOf([["T1", "r1", "g"]]) }, { id: "p" });
  await planned.commit({ startsLater: true });
  await ledger.start("p");
  await ledger.finish("p", END); // its row without an outcome counts as failed
  const retry = await ledger.planRetry("p");
  expect([retry?.id, await ledger.savedPlan("p-retry-1")]).toEqual(["p-retry-1", undefined]);
});

test("a saved plan belongs to the account that starts it, and a follow-up to the account that plans it", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const planned = await temporary.plan({ "in.csv": csvOf([["T1", "r1", "g"]]) }, { id: "p" });
  await planned.commit({ startsLater: true });
  expect((await ledger.batch("p"))?.account).toBeUndefined();
  expect((await ledger.start("p", "first")).account).toBe("first");
  expect((await ledger.start("p", "second")).account).toBe("first");
  expect((await ledger.batch("p"))?.account).toBe("first");
  await ledger.finish("p", END);
  await ledger.planRetry("p", { account: "second" });
  await ledger.planUndo("p", "undone");
  expect([(await ledger.batch("p-retry-1"))?.account, (await ledger.batch("undone"))?.account]).toEqual([
    "second",
    undefined,
  ]);
});

test("a report of a plan has the predicted outcomes, and the committed batch does not have them", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger, path } = temporary;
  const content = csvOf([
    ["T1", "r1", "g"],
    ["T1", "r1", "g"],
    ["T1", "r2", "g"],
    ["T2", "r2", ""],
  ]);
  const planned = await temporary.plan({ "in.csv": content }, { id: "p" });
  const related = await planned.relatedTickets();
  const ids: string[] = [];
  for await (const piece of related.ids()) ids.push(...piece);
  related.close();
  expect([related.count, ids]).toEqual([2, ["r1", "r2"]]);
  for (const chunkId of chunkIds(planned.record)) {
    const rows = (await planned.readChunk(chunkId)).flatMap((ticket) => ticket.rows);
    const created = rows.map(({ row }) => ({ row, outcome: "created" as const, attempts: 0 }));
    await planned.writePredictions(chunkId, created.slice(0, 1));
  }
  const options = { format: "csv", out: path("out.csv") } as const;
  const outcomes = async (): Promise<string[]> =>
    (await readFile(path("out.csv"), "utf8")).split("\n").map((line) => line.split(",")[4] ?? "-");
  await planned.report(options);
  expect(await outcomes()).toEqual(["outcome", "created", "duplicate", "", "invalid", "-"]);
  await planned.commit();
  await ledger.report("p", options);
  expect(await outcomes()).toEqual(["outcome", "", "duplicate", "", "invalid", "-"]);
  await expect(planned.report(options)).rejects.toThrow(code("discarded"));
});

test("a damaged file of a check counts as empty, and a damaged start file is reported as corrupt", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const planned = await temporary.plan({ "in.csv": csvOf([["T1", "r1", "g"]]) }, { id: "p" });
  const check = planned.openCheck();
  await check.write("related-0", [{ ticket: "T1", read_at: "2026-11-24T20:00:00Z" }]);
  const folder = `check-${planned.record.input_digest}`;
  await writeFile(join(ledger.location, folder, "related-0.jsonl"), '{"ticket":"T1","read_');
  expect(await check.read("related-0")).toEqual([]);
  await planned.commit({ startsLater: true });
  await writeFile(join(ledger.location, "batches", "p", "start.json"), "{");
  await expect(ledger.savedPlan("p")).rejects.toThrow(code("corrupt"));
});
