import { LedgerError, type Ledger } from "@caselink/ledger";
import { expect, test } from "vitest";
import { ConcurrencyLimit } from "../src/rate/concurrency-limit.ts";
import { Canary } from "../src/batch/canary.ts";
import { workAll } from "./support/work-all.ts";
import { openEngineHarness, type Row, type EngineHarness } from "./support/engine-harness.ts";

const away = (): LedgerError => new LedgerError("unavailable", "the storage is away for a moment");

/** The ledger of a harness. Its first write of that kind fails. */
function failingOnce(harness: EngineHarness, fails: (snapshot: string) => boolean): Ledger {
  let hasFailed = false;
  return {
    ...harness.ledger,
    writeSnapshot: async (batchId, chunkId, file, after) => {
      if (!hasFailed && file instanceof Uint8Array && fails(Buffer.from(file).toString())) {
        hasFailed = true;
        throw away();
      }
      return harness.ledger.writeSnapshot(batchId, chunkId, file, after);
    },
  };
}

const tickets = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`T${i}`, [`old${i}`]]));
const rows = Object.keys(tickets).map((ticket): Row => [ticket, "r"]);

test("evidence of misbehaviour that cannot be stored immediately stops the batch, and is stored later", async () => {
  await using harness = await openEngineHarness({ semantics: "replace", tickets });
  const record = await harness.plan(rows);
  const canary = new Canary();
  const dependencies = { canary, concurrencyLimit: new ConcurrencyLimit(12) };
  const ledger = failingOnce(harness, (snapshot) => snapshot.includes('"lost":'));
  await expect(workAll(harness, record, { ledger, dependencies })).rejects.toThrow("away for a moment");
  // The next attempt, in the same process.
  const results = await workAll(harness, record, { dependencies });
  expect(
    results.filter(({ deferred }) => deferred > 0).every(({ waitReason }) => waitReason?.kind === "behaviour"),
  ).toBe(true);
  const written = harness.simulator.journal().filter((entry) => entry.written.length > 0);
  expect(written).toHaveLength(1);
  await harness.ledger.finish(record.id, { state: "cancelled", started_at: STARTED, finished_at: STARTED });
  const undo = await harness.ledger.planUndo(record.id, "undo");
  await workAll(harness, undo);
  expect(harness.simulator.tickets()).toEqual(new Map(Object.entries(tickets)));
});

test("tickets stop waiting for a canary write, whatever ends it", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([...rows, ["A", "r"]]);
  let writes = 0;
  const api = harness.openConnector({ fetch: async (url, request) => globalThis.fetch(url, request) });
  const faulty: typeof api = {
    ...api,
    connect: (...args) => ({
      ...api.connect(...args),
      createAssociations: async (...asked) => {
        if (writes++ === 0) throw new TypeError("a bug");
        return api.connect(...args).createAssociations(...asked);
      },
    }),
  };
  const dependencies = { api: faulty, canary: new Canary(), concurrencyLimit: new ConcurrencyLimit(12) };
  await expect(workAll(harness, record, { dependencies })).rejects.toThrow("a bug");
  await workAll(harness, record, { dependencies });
  expect((await harness.outcomes(record.id)).every((outcome) => /created|already/.test(outcome))).toBe(true);
});

test("an attempt that fails because of the ledger still stores the rows that it settled before", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([
    ["A", "r"],
    ["B", "r"],
  ]);
  let writes = 0;
  const ledger: Ledger = {
    ...harness.ledger,
    writeResults: async (...written) => {
      if (writes++ === 0) throw away();
      return harness.ledger.writeResults(...written);
    },
  };
  await expect(workAll(harness, record, { ledger })).rejects.toThrow("away for a moment");
  expect((await harness.outcomes(record.id)).filter((outcome) => outcome === "created")).toHaveLength(1);
});

const STARTED = "2026-11-24T00:00:00.000Z";
