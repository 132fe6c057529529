import type { LeaseDoubt } from "@caselink/ledger";
import { expect, test } from "vitest";
import { MemoryLedger } from "../../test/support/memory-ledger.ts";
import { placeOf, readHeldTickets } from "./held-tickets.ts";

/** A ledger with a chunk for each of these batches: ticket T of it is ambiguous, ticket U is not. */
function ledgerOf(...batches: string[]): MemoryLedger {
  const ledger = new MemoryLedger();
  for (const batch of batches) {
    const tickets = ["T", "U"].map((name) => ({
      ticket: `${name}-${batch}`,
      group: "g",
      rows: [{ row: 1, related: "a" }],
    }));
    ledger.chunks.set(`${batch}/a-00000`, tickets);
    ledger.snapshots.set(`${batch}/a-00000`, { version: 3, lines: [{ ticket: `T-${batch}`, present: [] }] });
  }
  return ledger;
}

const chunkOf = (batch: string): LeaseDoubt => ({ batch, chunk: "a-00000" });
const read = (ledger: MemoryLedger, named: readonly LeaseDoubt[], mustSeal = false) =>
  readHeldTickets({
    ledger,
    named,
    batchId: "own",
    guard: { now: () => 0, beforeWrite: async () => undefined },
    mustSeal,
  });

test("the ambiguous tickets of other batches are held; the batch's own are its own affair", async () => {
  const ledger = ledgerOf("one", "two", "own");
  const named = ["one", "own", "two"].map(chunkOf);
  const { tickets, chunks } = await read(ledger, named);
  expect([...tickets]).toEqual([
    ["T-one", { batch: "one" }],
    ["T-two", { batch: "two" }],
  ]);
  expect([chunks, ledger.stored]).toEqual([named, []]);
});

test("after a holder that may wake up, the files of all named chunks get a new version", async () => {
  const ledger = ledgerOf("one", "own");
  const { tickets, chunks } = await read(ledger, ["one", "own"].map(chunkOf), true);
  expect([[...tickets.keys()], chunks.length]).toEqual([["T-one"], 2]);
  expect(ledger.stored).toEqual(["snapshot 4", "results 1", "snapshot 4", "results 1"]);
});

test("a chunk without ambiguous tickets, of a batch that has ended, or that is gone, is not named any more", async () => {
  const ledger = ledgerOf("ended", "resolved");
  ledger.ended.add("ended");
  ledger.snapshots.clear();
  const { tickets, chunks } = await read(ledger, ["ended", "resolved", "gone"].map(chunkOf));
  expect([tickets.size, chunks]).toEqual([0, []]);
});

test("a ledger that cannot be read is not a chunk that is gone", async () => {
  const ledger = ledgerOf("one");
  ledger.summary = () => Promise.reject(new Error("the disk is away"));
  await expect(read(ledger, [chunkOf("one")])).rejects.toThrow("the disk is away");
});

test("the id of a chunk has its lane and its index", () => {
  expect(placeOf("a-00012")).toEqual({ lane: "a", index: 12 });
  for (const id of ["a-12", "a0012", "a-", "12"]) expect(() => placeOf(id)).toThrow(`${id} is not the id of a chunk`);
});
