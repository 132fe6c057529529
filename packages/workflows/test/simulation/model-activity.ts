import { Canary } from "../../src/batch/canary.ts";
import { RejectionClassifier } from "../../src/batch/rejection-classifier.ts";
import type { ChunkDependencies } from "../../src/chunk/chunk-dependencies.ts";
import { CredentialsGate } from "../../src/process/credentials-gate.ts";
import { ConcurrencyLimit } from "../../src/rate/concurrency-limit.ts";
import { SHARED_LANE, type ChunkTask } from "../../src/workflow/contracts.ts";
import type { ModelProcess } from "./model-process.ts";
import { LANE, type World } from "./world.ts";
import { createRequestSlots } from "../../src/rate/request-slots.ts";

const REQUEST_LIMIT_MS = 15_000;

export interface Attempt {
  attempt: number;
  process: ModelProcess;
  stop: AbortSignal;
}

/** What a chunk's attempt works with. Each attempt is a process of its own. */
export function dependenciesOf(world: World, task: ChunkTask, { attempt, process, stop }: Attempt): ChunkDependencies {
  const { clock, server, mutated, random, readLag, schedule } = world;
  const now = () => clock.now() + process.clockOffsetMs;
  return {
    api: {
      endpoint: "http://model",
      requestLimitMs: REQUEST_LIMIT_MS,
      connect: (beforeWrite) =>
        process.use(server.open(task.batchId, REQUEST_LIMIT_MS, mutated.beforeWrite(beforeWrite))),
    },
    ledger: mutated.ledger(process.use(world.ledger)),
    lease: {
      lane: task.isShared ? SHARED_LANE : LANE,
      holder: { token: `attempt-${attempt}`, host: "model", pid: attempt },
      hasExited: () => false,
    },
    canary: new Canary(),
    credentials: new CredentialsGate(now),
    classifier: classifierOf(world, task),
    overLimit: schedule.overLimit,
    withRequestSlot: createRequestSlots(4),
    concurrencyLimit: new ConcurrencyLimit(),
    stop,
    now,
    random,
    readLag,
    sleep: async (milliseconds, signal) => {
      await process.awake();
      await Promise.race([clock.sleep(milliseconds), ...(signal ? [abortOf(signal)] : [])]);
      await process.awake();
    },
  };
}

/** Kept over attempts: a worker that restarts every few seconds would know no other ticket. */
function classifierOf({ classifiers, ticketsOf }: World, { batchId, resumes }: ChunkTask): RejectionClassifier {
  const key = `${batchId} ${resumes}`;
  const known = classifiers.get(key) ?? new RejectionClassifier(ticketsOf(batchId));
  classifiers.set(key, known);
  return known;
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
