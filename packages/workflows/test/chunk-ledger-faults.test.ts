import { LedgerError, type Ledger } from "@caselink/ledger";
import { expect, test } from "vitest";
import { ConcurrencyLimit } from "../src/rate/concurrency-limit.ts";
import { Canary } from "../src/batch/canary.ts";
import { nextTurn, workAll } from "./support/work-all.ts";
import { openWorld, type Row, type World } from "./support/world.ts";

const away = (): LedgerError => new LedgerError("unavailable", "the storage is away for a moment");

/** The ledger of a world, one write of which fails: the first that is of that sort. */
function failingOnce(world: World, fails: (entries: { lost?: unknown }[]) => boolean): Ledger {
  let hasFailed = false;
  return {
    ...world.ledger,
    writeSnapshot: async (batchId, chunkId, entries) => {
      if (!hasFailed && fails(entries)) {
        hasFailed = true;
        throw away();
      }
      return world.ledger.writeSnapshot(batchId, chunkId, entries);
    },
  };
}

const tickets = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`T${i}`, [`old${i}`]]));
const rows = Object.keys(tickets).map((ticket): Row => [ticket, "r"]);

test("evidence against the API that cannot be stored at once stops the batch all the same, and is stored then", async () => {
  await using world = await openWorld({ semantics: "replace", tickets });
  const record = await world.plan(rows);
  const canary = new Canary();
  const dependencies = { canary, concurrencyLimit: new ConcurrencyLimit(12) };
  const turn = nextTurn();
  const ledger = failingOnce(world, (entries) => entries.some(({ lost }) => lost));
  await expect(workAll(world, record, { turn, ledger, dependencies })).rejects.toThrow("away for a moment");
  // The attempt that follows, in the same process.
  const results = await workAll(world, record, { turn, dependencies });
  expect(
    results.filter(({ deferred }) => deferred > 0).every(({ waitReason }) => waitReason?.kind === "behaviour"),
  ).toBe(true);
  const written = world.simulator.journal().filter((entry) => entry.written.length > 0);
  expect(written).toHaveLength(1);
  await world.ledger.finish(record.id, { state: "cancelled", started_at: STARTED, finished_at: STARTED });
  const undo = await world.ledger.planUndo(record.id, "undo");
  await workAll(world, undo);
  expect(world.simulator.tickets()).toEqual(new Map(Object.entries(tickets)));
});

test("whatever ends a trial write, the others of its sort do not wait for it for ever", async () => {
  await using world = await openWorld();
  const record = await world.plan([...rows, ["A", "r"]]);
  let writes = 0;
  const api = world.openConnector({ fetch: async (url, request) => globalThis.fetch(url, request) });
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
  await expect(workAll(world, record, { dependencies })).rejects.toThrow("a bug");
  await workAll(world, record, { dependencies });
  expect((await world.outcomes(record.id)).every((outcome) => /created|already/.test(outcome))).toBe(true);
});

test("what was settled before the ledger failed is stored with the attempt that fails", async () => {
  await using world = await openWorld();
  const record = await world.plan([
    ["A", "r"],
    ["B", "r"],
  ]);
  let writes = 0;
  const ledger: Ledger = {
    ...world.ledger,
    writeResults: async (...written) => {
      if (writes++ === 0) throw away();
      return world.ledger.writeResults(...written);
    },
  };
  await expect(workAll(world, record, { ledger })).rejects.toThrow("away for a moment");
  expect((await world.outcomes(record.id)).filter((outcome) => outcome === "created")).toHaveLength(1);
});

const STARTED = "2026-11-24T00:00:00.000Z";
