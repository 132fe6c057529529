import { expect, test } from "vitest";
import { Canary } from "../src/batch/canary.ts";
import { RejectionClassifier } from "../src/batch/rejection-classifier.ts";
import { readLagOf, SeenReadLag } from "../src/chunk/read-lag.ts";
import { workChunk } from "../src/chunk/work-chunk.ts";
import { OutageDetector } from "../src/process/outage-detector.ts";
import { ConcurrencyLimit } from "../src/rate/concurrency-limit.ts";
import { queueOfOne } from "./support/request-queues.ts";
import { ModelLedger } from "./simulation/model-ledger.ts";
import { ModelServer } from "./simulation/model-server.ts";
import type { Schedule } from "./simulation/schedule.ts";
import { VirtualClock } from "./simulation/virtual-clock.ts";

/** Two tickets, one of them with an association, and an API whose reads lag. */
function openLateReads(lagMs: number, kind: "create" | "undo") {
  const preload = kind === "undo" ? { A: ["a1", "a2"], B: ["b1"] } : { B: ["old"] };
  const schedule = {
    preload,
    faults: [],
    server: { isLimitEnforced: true, isAtomic: true, duplicate: "ok", lagMs },
  } satisfies Pick<Schedule, "preload" | "faults" | "server">;
  const clock = new VirtualClock();
  const server = new ModelServer(clock, schedule);
  const ledger = new ModelLedger(clock, schedule);
  const rows = [
    { row: 1, related: "a1" },
    { row: 2, related: "a2" },
  ];
  ledger.chunks.set("batch/a-00000", [
    { ticket: "A", group: "g", rows },
    { ticket: "B", group: "g", rows: [{ row: 3, related: "b1" }] },
  ]);
  const facts: [number, string][] = [];
  const seen = new SeenReadLag(async (...fact) => void facts.push(fact));
  let turn = 0;
  const work = () => {
    turn++;
    return clock.run(
      workChunk(
        {
          batchId: "batch",
          kind,
          lane: "a",
          index: 0,
          resumes: turn - 1,
          turn: 1,
          budgetMs: 10_000,
          isLast: false,
        },
        {
          api: {
            endpoint: "http://model",
            requestLimitMs: 15_000,
            outages: new OutageDetector(clock),
            connect: (before) => server.open("batch", { requestLimitMs: 15_000, beforeWrite: before }),
          },
          ledger,
          lease: {
            lane: "a",
            holder: { token: `attempt-${turn}`, host: "model", pid: turn },
            hasExited: () => false,
          },
          overLimit: "refuse",
          canary: new Canary(),
          classifier: new RejectionClassifier(2),
          requests: queueOfOne(),
          concurrencyLimit: new ConcurrencyLimit(),
          stop: new AbortController().signal,
          now: clock.now,
          random: () => 0.5,
          sleep: clock.sleep,
          readLag: readLagOf(undefined, seen),
        },
      ),
    );
  };
  const outcomes = () => ledger.resultsOf("batch").map(({ outcome }) => outcome);
  return { clock, work, outcomes, facts };
}

test("writes that show after 8 s do not block a batch, and it learns how long reads lag", async () => {
  const { work, outcomes, facts } = openLateReads(8_000, "create");
  const { waitReason, readLagMs } = await work();
  expect(waitReason).toBeUndefined();
  // The first turn was over before the second ticket was read.
  await work();
  expect(outcomes()).toEqual(["created", "created", "created"]);
  expect(readLagMs).toBeGreaterThanOrEqual(8_000);
  expect(readLagMs).toBeLessThan(12_000);
  expect(facts).toEqual([[readLagMs, `a write of a1, a2 to A showed after ${readLagMs} ms`]]);
});

test.for([
  ["create", ["created", "created", "created"]],
  ["undo", ["removed", "removed", "removed"]],
] as const)(
  "confirmed writes of a batch of kind %s that show after two minutes block it, and are its own when it is resumed",
  async ([kind, after]) => {
    const { clock, work, outcomes, facts } = openLateReads(120_000, kind);
    const { waitReason, counts } = await work();
    expect(waitReason).toMatchObject({ kind: "behaviour" });
    expect(counts?.outcomes).toEqual({});
    expect(facts).toEqual([]);
    for (let resumes = 0; resumes < 4; resumes++) {
      await clock.run(clock.sleep(120_000));
      await work();
    }
    expect(outcomes()).toEqual(after);
  },
);
