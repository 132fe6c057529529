import { chunkIds, type BatchRecord } from "@caselink/ledger";
import { expect, test } from "vitest";
import { SharedTickets } from "../src/chunk/shared-tickets.ts";
import { READ_LAG_MS } from "../src/workflow/read-lag.ts";
import { openEngineHarness, type EngineHarness, type Row } from "./support/engine-harness.ts";
import { sum, workAll } from "./support/work-all.ts";

const KNOWN = { isSymmetric: true, learn: async () => undefined };

/** One turn of the shared lane for each chunk. */
const workShared = (harness: EngineHarness, record: BatchRecord, dependencies = {}) =>
  workAll(harness, record, {
    task: { isShared: true },
    dependencies: {
      lease: leaseOf("all"),
      symmetry: KNOWN,
      sharedTickets: new SharedTickets(Date.now, () => READ_LAG_MS),
      ...dependencies,
    },
  });

let attempts = 0;
const leaseOf = (lane: string) => ({
  lane,
  holder: { token: `shared-${++attempts}`, host: "test", pid: 1 },
  hasExited: () => true,
});

test("on a symmetric API another batch leaves a ticket alone whose related ticket is ambiguous", async () => {
  await using harness = await openEngineHarness({ symmetric: true });
  const [a, b] = [await harness.plan([["A", "B"]]), await harness.plan([["B", "A"]])];
  const stop = new AbortController();
  const silent = harness.openConnector({
    fetch: async (url, request) => {
      if (request.method === "GET") return globalThis.fetch(url, request);
      stop.abort();
      throw new TypeError("the connection was reset");
    },
  });
  expect(sum(await workShared(harness, a, { api: silent, stop: stop.signal }), "ambiguous")).toBe(1);
  expect(sum(await workShared(harness, b), "retryable")).toBe(1);
  const [row] = await harness.ledger.readResults(b.id, chunkIds(b)[0] as string);
  expect(row?.error_message).toContain(`batch ${a.id} may have written to the ticket`);
});

test("a lane leaves the chunks of a symmetric API to the shared lane, which may be working them", async () => {
  await using harness = await openEngineHarness({ symmetric: true });
  const record = await harness.plan([["A", "B"]]);
  const requests = (): number => harness.simulator.journal().length;
  const api = harness.openConnector();
  const seen: unknown[] = [];
  const interrupted = {
    ...api,
    connect: (beforeWrite: () => Promise<void>) =>
      api.connect(async () => {
        await beforeWrite();
        const before = requests();
        const own = await workAll(harness, record, { dependencies: { symmetry: KNOWN } });
        seen.push(
          ...own.map(({ ambiguous, needsSharedLane }) => ({ ambiguous, needsSharedLane })),
          requests() - before,
        );
      }),
  };
  await workShared(harness, record, { api: interrupted });
  expect(seen).toEqual([{ ambiguous: 1, needsSharedLane: true }, 0]);
  expect(await harness.outcomes(record.id)).toEqual(["created"]);
});

test("a ticket whose call was rejected is settled in the same turn, although its time is over", async () => {
  await using harness = await openEngineHarness({ unknownTickets: "^GONE$" });
  const rows: Row[] = [
    ["T", "a"],
    ["T", "GONE"],
    ["T", "b"],
  ];
  const record = await harness.plan(rows);
  let passed = 0;
  const api = harness.openConnector();
  const slow = {
    ...api,
    connect: (beforeWrite: () => Promise<void>) =>
      api.connect(async () => {
        await beforeWrite();
        passed += 60_000;
      }),
  };
  await workAll(harness, record, { dependencies: { api: slow, now: () => Date.now() + passed } });
  expect(await harness.outcomes(record.id)).toEqual(["created", "not_found", "created"]);
});
