import { expect, test } from "vitest";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const REQUEST = { endpoint: "https://api.example.com", overLimit: "refuse", giveUpAfterMs: 1000 } as const;

async function* slowly() {
  yield { case_id: "T1", related_id_list: ["a", "b"], group_id: "g", note: { deep: [1] } };
  await new Promise((resolve) => setImmediate(resolve));
  yield { case_id: "T2", related_id: "c", group_id: "g" };
}

test("rows from an iterable, also an asynchronous one, are planned like JSON lines", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const planned = await ledger.plan({
    ...REQUEST,
    id: "b1",
    inputs: [
      { rows: slowly(), name: "the queue" },
      { rows: new Set([{ case_id: "T1", related_id: "a", group_id: "g" }]) },
    ],
  });
  expect(planned.record.inputs.map(({ name }) => name)).toEqual(["the queue", "rows"]);
  expect(planned.record.counts).toMatchObject({ rows: 4, lines: 3, to_send: 3, duplicate: 1 });
  await planned.commit();
  const rows = [];
  for await (const row of ledger.rows("b1")) rows.push(row);
  expect(rows.map(({ line, case_id: ticket, outcome }) => [line, ticket, outcome])).toEqual([
    [1, "T1", null],
    [1, "T1", null],
    [2, "T2", null],
    [1, "T1", "duplicate"],
  ]);
  expect(rows[0]?.other).toEqual({ note: { deep: [1] } });
});

test("a stream of rows that the caller leaves early leaves no file", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const rows = Array.from({ length: 5_000 }, (_, at) => ({ case_id: `T${at}`, related_id: "r", group_id: "g" }));
  await (await ledger.plan({ ...REQUEST, id: "b1", inputs: [{ rows }] })).commit();
  for await (const { line } of ledger.rows("b1")) if (line === 3) break;
  const { readdir } = await import("node:fs/promises");
  expect(await readdir(`${ledger.location}/tmp`)).toEqual([]);
});

test("values that are not rows are errors, and a value that JSON cannot hold ends the plan with its place", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const odd = [{ case_id: "T1", related_id: "a", group_id: "g" }, ["x"], undefined, "text", { case_id: 5n }];
  const inputs = (rows: unknown[]) => ({ ...REQUEST, inputs: [{ rows: rows as object[], name: "mine" }] });
  const planned = await ledger.plan(inputs(odd.slice(0, 4)));
  expect(planned.record.counts).toMatchObject({ rows: 4, invalid: 3, to_send: 1 });
  expect(planned.errors[0]).toMatchObject({ file: "mine", line: 2 });
  await planned.discard();
  await expect(ledger.plan(inputs(odd))).rejects.toThrow(/^mine, row 5: cannot be written as JSON: .*BigInt/);
  await expect(ledger.plan(inputs([]))).rejects.toThrow("mine is empty");
  async function* failing() {
    yield odd[0] as object;
    throw new Error("the queue is closed");
  }
  await expect(ledger.plan({ ...REQUEST, inputs: [{ rows: failing() }] })).rejects.toThrow(/the queue is closed/);
});
