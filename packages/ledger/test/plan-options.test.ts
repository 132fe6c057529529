import { expect, test } from "vitest";
import { chunkIds, type PlanRequest } from "../src/index.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const REQUEST: PlanRequest = {
  inputs: [{ rows: [{ case_id: "A", related_id: "r1", group_id: "g" }] }],
  endpoint: "https://api.example.com",
};

test("an option that is left out has a default, which is stored", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.ledger.plan(REQUEST);
  expect(planned.record.options).toEqual({ over_limit: "refuse", give_up_after_ms: 86_400_000 });
  await planned.discard();
});

test("a read lag is stored for the workers", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.ledger.plan({ ...REQUEST, readLagMs: 8_000 });
  expect(planned.record.options.read_lag_ms).toBe(8_000);
  await planned.discard();
});

test.for([
  [{ overLimit: "zzz" }, 'overLimit must be "refuse" or "fill", not "zzz".'],
  [{ giveUpAfterMs: "soon" }, 'giveUpAfterMs must be a number of milliseconds above 0, not "soon".'],
  [{ giveUpAfterMs: Number.NaN }, "giveUpAfterMs must be a number of milliseconds above 0, not NaN."],
  [{ readLagMs: 60_001 }, "readLagMs must be a number of milliseconds up to 60000, not 60001."],
  [{ maxRate: 0 }, "maxRate must be a number of requests a second above 0, not 0."],
] as const)("%j is invalid and is rejected", async ([options, message]) => {
  await using temporary = await createTemporaryLedger();
  // A value from a program without types.
  const request = { ...REQUEST, ...options } as PlanRequest;
  await expect(temporary.ledger.plan(request)).rejects.toMatchObject({ code: "bad-option", message });
  await expect(temporary.ledger.preview(request)).rejects.toMatchObject({ code: "bad-option", message });
});

test("a lane of a very large batch has no more than 160 chunks, which hold all its tickets", async () => {
  await using temporary = await createTemporaryLedger();
  const rows = Array.from({ length: 4_000 }, (_, i) => ({ case_id: `T${i}`, related_id: "r", group_id: "g" }));
  const planned = await temporary.ledger.plan({ ...REQUEST, inputs: [{ rows }], ticketsPerChunk: 1 });
  const record = await planned.commit();
  expect(Object.values(record.chunks)).toEqual(Array.from({ length: 16 }, () => 160));
  const chunks = await Promise.all(chunkIds(record).map((chunkId) => temporary.ledger.readChunk(record.id, chunkId)));
  expect(new Set(chunks.flat().map(({ ticket }) => ticket)).size).toBe(4_000);
});
