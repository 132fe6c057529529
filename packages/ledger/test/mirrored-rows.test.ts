import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chunkIds, type BatchRecord, type ChunkRow } from "../src/index.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";

const END = { state: "completed", started_at: "2026-11-24T20:00:00Z", finished_at: "2026-11-24T20:01:00Z" } as const;
const ENDPOINT = "https://api.example.com";

type Row = readonly [ticket: string, related: string];

/** Returns the rows to send of a batch, in row order, each with its ticket. */
async function rowsToSend(
  { ledger }: TemporaryLedger,
  record: BatchRecord,
): Promise<(ChunkRow & { ticket: string })[]> {
  const rows: (ChunkRow & { ticket: string })[] = [];
  for (const chunkId of chunkIds(record)) {
    for (const { ticket, rows: ofTicket } of await ledger.readChunk(record.id, chunkId)) {
      for (const row of ofTicket) rows.push({ ...row, ticket });
    }
  }
  return rows.sort((a, b) => a.row - b.row);
}

/** Commits the rows as a batch and returns, for each row to send with `mirror_of`, its number and that one. */
async function mirrorsOf(temporary: TemporaryLedger, rows: readonly Row[], id = "b") {
  const input = csvOf(rows.map((row) => [...row, "g"]));
  const record = await (
    await temporary.plan({ "in.csv": input }, { id, overLimit: "fill", ticketsPerChunk: 500 })
  ).commit();
  const sent = await rowsToSend(temporary, record);
  return sent.flatMap(({ row, mirror_of }) => (mirror_of === undefined ? [] : [[row, mirror_of]]));
}

test("a row that asks for the association of an earlier row from the other ticket names that row", async () => {
  await using temporary = await createTemporaryLedger();
  const mirrors = await mirrorsOf(temporary, [
    ["A", "B"],
    ["A", "C"],
    ["B", "A"], // of row 1
    ["D", "E"],
    ["C", "A"], // of row 2
    ["B", "A"], // a duplicate of row 3
    ["B", "C"],
  ]);
  expect(mirrors).toEqual([
    [3, 1],
    [5, 2],
  ]);
});

test("a row has no such field if the earlier row is not sent, or if the API is known not to be symmetric", async () => {
  await using temporary = await createTemporaryLedger();
  const tooMany: Row[] = [1, 2, 3].map((at) => ["A", `r${at}`]);
  expect(await mirrorsOf(temporary, [...tooMany, ["A", "B"], ["B", "A"]], "over-limit")).toEqual([]);
  await temporary.ledger.recordApiFacts(ENDPOINT, { symmetric: { value: false, evidence: "observed" } });
  expect(
    await mirrorsOf(
      temporary,
      [
        ["A", "B"],
        ["B", "A"],
      ],
      "not-symmetric",
    ),
  ).toEqual([]);
});

test("the mirrored rows of any input are those that a comparison of all rows finds", async () => {
  await using temporary = await createTemporaryLedger();
  const id = fc.constantFrom("A", "B", "C", "D", "日本", "😀");
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(id, id), { minLength: 1, maxLength: 25 }), async (drawn) => {
      const rows = drawn.filter(([ticket, related]) => ticket !== related);
      if (rows.length === 0) return;
      const sent: { row: number; ticket: string; related: string }[] = [];
      for (const [at, [ticket, related]] of rows.entries()) {
        const ofTicket = sent.filter((other) => other.ticket === ticket);
        if (ofTicket.length < 3 && !ofTicket.some((other) => other.related === related)) {
          sent.push({ row: at + 1, ticket, related });
        }
      }
      const expected = sent.flatMap(({ row, ticket, related }) => {
        const earlier = sent.find((other) => other.row < row && other.ticket === related && other.related === ticket);
        return earlier ? [[row, earlier.row]] : [];
      });
      expect(await mirrorsOf(temporary, rows, `b${run++}`)).toEqual(expected);
    }),
    { numRuns: 15 },
  );
}, 60_000);

test("a retry marks mirrored rows among those it takes, and an undo removes what was created without such marks", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const rows: Row[] = [
    ["A", "B"],
    ["B", "A"],
    ["A", "C"],
    ["C", "A"],
  ];
  expect(await mirrorsOf(temporary, rows)).toEqual([
    [2, 1],
    [4, 3],
  ]);
  const record = await ledger.batch("b");
  if (!record) throw new Error("The batch is missing.");
  for (const chunkId of chunkIds(record)) {
    const ofChunk = (await ledger.readChunk("b", chunkId)).flatMap((ticket) => ticket.rows);
    const results = ofChunk.map(({ row }) => ({
      row,
      attempts: 1,
      outcome: row <= 2 ? ("failed" as const) : ("created" as const),
    }));
    await ledger.writeResults("b", chunkId, results);
  }
  await ledger.finish("b", END);
  const retry = await ledger.planRetry("b");
  if (!retry) throw new Error("There is no retry.");
  expect((await rowsToSend(temporary, retry)).map(({ row, mirror_of }) => [row, mirror_of])).toEqual([
    [1, undefined],
    [2, 1],
  ]);
  const undo = await rowsToSend(temporary, await ledger.planUndo("b", "u"));
  expect(undo).toEqual([
    { row: 3, related: "C", ticket: "A" },
    { row: 4, related: "A", ticket: "C" },
  ]);
});

test("all mirrored rows are found if there are more than one statement compares", async () => {
  await using temporary = await createTemporaryLedger();
  const tickets = 51_000;
  const rows = Array.from({ length: tickets }, (_, at): Row => [`A${at}`, `B${at}`]);
  const mirrored = rows.map(([ticket, related]): Row => [related, ticket]);
  const found = await mirrorsOf(temporary, [...rows, ...mirrored]);
  expect(found).toHaveLength(tickets);
  expect(found.every(([row = 0, mirrorOf = 0]) => row - mirrorOf === tickets)).toBe(true);
}, 60_000);
