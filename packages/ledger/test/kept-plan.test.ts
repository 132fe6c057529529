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
  const isIn = { skip: isMissing };

  test("a kept plan waits until it is started, once and for good", isIn, async () => {
    await using place = await open();
    const ledger = openLedger(place.next());
    const record = await (await plan(ledger, "p")).commit({ startsLater: true });
    expect([record.attached, await ledger.keptPlan("p"), await ledger.keptPlan("none")]).toEqual([
      false,
      "waiting",
      undefined,
    ]);
    await ledger.start("p");
    await ledger.start("p");
    expect(await ledger.keptPlan("p")).toBe("started");
    await expect(ledger.forget("p")).rejects.toThrow(code("not-finished"));
    // The same input again, kept or not, is the batch that is there.
    expect((await (await plan(ledger, "p")).commit({ startsLater: true })).attached).toBe(true);
    expect(await ledger.keptPlan("p")).toBe("started");
  });

  test("a plan that is kept after its batch was run does not make that one wait", isIn, async () => {
    await using place = await open();
    const ledger = openLedger(place.next());
    await (await plan(ledger, "p")).commit();
    expect((await (await plan(ledger, "p")).commit({ startsLater: true })).attached).toBe(true);
    expect(await ledger.keptPlan("p")).toBeUndefined();
    await ledger.start("p");
    await expect(ledger.forget("p")).rejects.toThrow(code("not-finished"));
  });

  test("of one who starts a plan and one who forgets it, one wins", isIn, async () => {
    await using place = await open();
    const ledger = openLedger(place.next());
    for (let round = 0; round < 5; round++) {
      const id = `p${round}`;
      await (await plan(ledger, id)).commit({ startsLater: true });
      const [started, forgotten] = await Promise.allSettled([ledger.start(id), ledger.forget(id)]);
      expect([started.status, forgotten.status].sort()).toEqual(["fulfilled", "rejected"]);
      expect((await ledger.batch(id)) !== undefined).toBe(started.status === "fulfilled");
    }
  });

  test("what a check has read is there for the next one of the same input, and goes at its end", isIn, async () => {
    await using place = await open();
    const ledger = openLedger(place.next());
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
  });
});

test("a retry of a kept plan's batch does not wait", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const planned = await temporary.plan({ "in.csv": csvOf([["T1", "r1", "g"]]) }, { id: "p" });
  await planned.commit({ startsLater: true });
  await ledger.start("p");
  await ledger.finish("p", END); // its row without an outcome counts as failed
  const retry = await ledger.planRetry("p");
  expect([retry?.id, await ledger.keptPlan("p-retry-1")]).toEqual(["p-retry-1", undefined]);
});

test("a forecast is a report before anything is sent, and no part of the batch", async () => {
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
    await planned.writeForecast(chunkId, created.slice(0, 1));
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

test("a damaged file of a check is read anew, and one of a plan's start is told", async () => {
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
  await expect(ledger.keptPlan("p")).rejects.toThrow(code("corrupt"));
});
