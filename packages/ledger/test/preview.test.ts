import { readFile, rm } from "node:fs/promises";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chunkIds, type OverLimit, type PlanPreview, type PlanRequest } from "../src/index.ts";
import { createTemporaryLedger, csvOf } from "./temporary-ledger.ts";

type Row = readonly [ticket: string, related: string, group: string];

/** Few different ids, so that most tickets need a closer check. */
const rows: fc.Arbitrary<Row[]> = fc.array(
  fc.tuple(
    fc.constantFrom("TA", "TB", "TC", "TD", "TE", ""),
    fc.constantFrom("RA", "RB", "RC", "RD", "TA", ""),
    fc.constantFrom("g", "g", "g", "g", "g", "h", ""),
  ),
  { minLength: 1, maxLength: 24 },
);

/** Applies the rules of a plan row by row. */
function countsOf(input: readonly Row[], groupId: string | undefined, overLimit: OverLimit) {
  const counts = { rows: 0, invalid: 0, duplicate: 0, limit_reached: 0, to_send: 0, tickets: 0, tickets_to_send: 0 };
  const groups = new Map<string, string>();
  const related = new Map<string, Set<string>>();
  for (const [ticket, id, own] of input) {
    const group = own === "" ? (groupId ?? "") : own;
    // A line without any value is not a row.
    if (ticket + id + own === "") continue;
    counts.rows++;
    const isWhole = ticket !== "" && id !== "" && group !== "" && ticket !== id;
    if (isWhole && !groups.has(ticket)) groups.set(ticket, group);
    const ids = related.get(ticket) ?? new Set();
    if (!isWhole || groups.get(ticket) !== group) counts.invalid++;
    else if (ids.has(id)) counts.duplicate++;
    else related.set(ticket, ids.add(id));
  }
  for (const { size } of related.values()) {
    const sent = size <= 3 ? size : overLimit === "fill" ? 3 : 0;
    counts.to_send += sent;
    counts.limit_reached += size - sent;
    counts.tickets++;
    if (sent > 0) counts.tickets_to_send++;
  }
  return counts;
}

/** Reads a file and removes it. Returns undefined if there is none. */
async function takeText(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  await rm(path, { force: true });
  return text;
}

function findingsOf(preview: PlanPreview): object {
  return Object.fromEntries(
    Object.entries(preview).filter(([name, value]) => name !== "record" && typeof value !== "function"),
  );
}

test("a preview and a plan agree with the rules, row by row", async () => {
  await using temporary = await createTemporaryLedger();
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.option(fc.constantFrom("g", "h"), { nil: undefined }),
      fc.constantFrom<OverLimit>("refuse", "fill"),
      async (input, groupId, overLimit) => {
        const expected = countsOf(input, groupId, overLimit);
        fc.pre(expected.rows > 0);
        const path = await temporary.write("in.csv", csvOf(input));
        const request: PlanRequest = {
          inputs: [{ path }],
          endpoint: "https://api.example.com",
          overLimit,
          giveUpAfterMs: 1000,
          ...(groupId !== undefined && { groupId }),
        };
        const preview = await temporary.ledger.preview(request);
        const planned = await temporary.ledger.plan(request);
        expect(preview.record.counts).toMatchObject(expected);
        const { id: _id, record, ...findings } = planned;
        expect(findings).toMatchObject(findingsOf(preview));
        expect(record).toMatchObject(preview.record);
        const chunks = await Promise.all(chunkIds(record).map((chunkId) => planned.readChunk(chunkId)));
        const tickets = chunks.flat();
        expect(tickets).toHaveLength(expected.tickets_to_send);
        expect(tickets.flatMap((ticket) => ticket.rows)).toHaveLength(expected.to_send);
        const rejects = [temporary.path("previewed"), temporary.path("planned")] as const;
        expect(await preview.writeRejects(rejects[0])).toBe(expected.invalid);
        expect(await planned.writeRejects(rejects[1])).toBe(expected.invalid);
        // Both are undefined if no row is invalid.
        const [fromPreview, fromPlan] = await Promise.all(rejects.map(takeText));
        expect(fromPreview).toBe(fromPlan);
        await preview.discard();
        await planned.discard();
      },
    ),
    { numRuns: 60 },
  );
});

test("a preview writes nothing to the ledger, and checks the batch id", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await temporary.write("in.csv", csvOf([["T1", "T2", "g"]]));
  const request = { inputs: [{ path }], endpoint: "", overLimit: "refuse", giveUpAfterMs: 1000 } as const;
  const preview = await temporary.ledger.preview(request);
  expect(preview.record.counts).toMatchObject({ rows: 1, to_send: 1, tickets_to_send: 1 });
  await preview.discard();
  expect(await temporary.ledger.batches()).toEqual([]);
  await expect(temporary.ledger.preview({ ...request, id: "no/id" })).rejects.toThrow("no/id");
});
