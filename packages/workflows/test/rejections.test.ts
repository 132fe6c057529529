// Two workers of one account, each of which alone sees too few tickets to decide what a rejection concerns.
import { laneOf, LANES } from "@caselink/ledger";
import { NativeConnection, Worker } from "@temporalio/worker";
import { until } from "@caselink/test-support";
import { expect, inject, test } from "vitest";
import { endpointKey, type ChunkTask } from "../src/workflow/contracts.ts";
import { chunkQueueOf } from "../src/workflow/task-queues.ts";
import { createActivities } from "../src/process/activities.ts";
import type { Row } from "./support/engine-harness.ts";
import { noRateLimit } from "./support/request-queues.ts";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";

const HALF = LANES.length / 2;

/** A ticket for each lane. */
const ROWS = LANES.map((lane): Row => {
  for (let number = 0; ; number++) if (laneOf(`T${number}`) === lane) return [`T${number}`, "r"];
});

/** A network in which each of two workers reaches one half of the tickets: those of the lanes that it worked first. */
class HalvedNetwork {
  readonly #ownerOf = new Map<string, string>();
  readonly #all = Promise.withResolvers<void>();
  #isWhole = false;

  heal(): void {
    this.#isWhole = true;
  }

  /** Resolves when every lane has an owner. */
  async work(worker: string, lane: string): Promise<void> {
    if (!this.#ownerOf.has(lane)) this.#ownerOf.set(lane, worker);
    if (this.#ownerOf.size === LANES.length) this.#all.resolve();
    await this.#all.promise;
  }

  isOpen(worker: string, url: string): boolean {
    return this.#isWhole || this.#ownerOf.get(laneOf(/T\d+/.exec(url)?.[0] ?? "")) === worker;
  }
}

/** A worker that works half of the lanes at the same time. */
async function startHalf(harness: TemporalHarness, name: string, network: HalvedNetwork): Promise<AsyncDisposable> {
  const connection = await NativeConnection.connect({ address: inject("temporalAddress") });
  const api = harness.openConnector({
    fetch: async (url, request) =>
      network.isOpen(name, url) ? globalThis.fetch(url, request) : new Response(null, { status: 503 }),
  });
  const { ledger, simulator } = harness;
  const activities = createActivities({ api, ledger, maxInFlight: 64, rateLimiter: noRateLimit });
  const worker = await Worker.create({
    connection,
    taskQueue: chunkQueueOf(endpointKey(simulator.url), undefined),
    activities: {
      attend: () => activities.attend(),
      async workChunk(task: ChunkTask) {
        await network.work(name, task.lane);
        return activities.workChunk(task);
      },
    },
    maxConcurrentActivityTaskExecutions: HALF,
  });
  const ended = worker.run();
  return {
    async [Symbol.asyncDispose]() {
      worker.shutdown();
      await ended;
      await connection.close();
    },
  };
}

test("a batch is blocked by rejections of which each of two workers sees only a half", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), { forbiddenTickets: ".*" });
  await harness.stopWorker();
  await harness.addWorker({ account: "other" }); // for the workflows
  const network = new HalvedNetwork();
  await using _one = await startHalf(harness, "one", network);
  await using _two = await startHalf(harness, "two", network);
  const record = await harness.plan(ROWS);
  await harness.batches.start(record);
  const progress = await until(
    () => harness.batches.progress(record.id),
    (seen) => seen?.phase === "blocked" || seen?.phase === "completed",
  );
  expect(progress).toMatchObject({ phase: "blocked", settledTickets: 0, waitReason: { kind: "permission" } });
  network.heal();
  await harness.repairAndResume(record.id, { forbiddenTickets: [] });
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 16, forbidden: 0 });
});
