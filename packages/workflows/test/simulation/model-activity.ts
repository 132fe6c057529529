import { Canary } from "../../src/batch/canary.ts";
import { RejectionClassifier } from "../../src/batch/rejection-classifier.ts";
import type { ChunkDependencies } from "../../src/chunk/chunk-dependencies.ts";
import { SharedTickets } from "../../src/chunk/shared-tickets.ts";
import { CredentialsGate } from "../../src/process/credentials-gate.ts";
import { queueOfOne } from "../support/request-queues.ts";
import { ConcurrencyLimit } from "../../src/rate/concurrency-limit.ts";
import { SHARED_LANE, type ChunkTask } from "../../src/workflow/contracts.ts";
import type { ModelProcess } from "./model-process.ts";
import type { World } from "./world.ts";

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
  const sleep: ChunkDependencies["sleep"] = async (milliseconds, signal) => {
    await process.awake();
    await clock.sleep(milliseconds, signal);
    await process.awake();
  };
  const isAstray = world.knowsSymmetry && !task.isShared;
  const { limiter, outages } = world;
  return {
    api: {
      endpoint: "http://model",
      requestLimitMs: REQUEST_LIMIT_MS,
      outages,
      connect: (beforeWrite) =>
        process.use(
          server.open(task.batchId, {
            attempt,
            requestLimitMs: REQUEST_LIMIT_MS,
            beforeWrite: mutated.beforeWrite(beforeWrite),
            stop,
            outages,
            ...(limiter && { limiter }),
            isBlind: schedule.server.isSymmetric === true && !task.isShared,
            isAstray,
          }),
        ),
    },
    ledger: mutated.ledger(process.use(world.ledger)),
    lease: {
      lane: task.isShared ? SHARED_LANE : task.lane,
      holder: { token: `attempt-${attempt}`, host: "model", pid: attempt },
      hasExited: () => false,
    },
    canary: mutated.canary(new Canary()),
    ...(schedule.checksSymmetry && { symmetry: symmetryOf(world) }),
    sharedTickets: new SharedTickets(now, () => readLag.ms),
    credentials: new CredentialsGate(now),
    classifier: new RejectionClassifier(world.ledger.ticketsOf(task.batchId)),
    overLimit: schedule.overLimit,
    requests: queueOfOne(4),
    concurrencyLimit: new ConcurrencyLimit(),
    stop,
    now,
    random,
    readLag,
    sleep,
  };
}

/** What the attempt knows, and what others know that start after it. */
function symmetryOf(world: World): NonNullable<ChunkDependencies["symmetry"]> {
  let isSymmetric = world.knowsSymmetry || undefined;
  if (world.mutant === "works a symmetric API in all lanes")
    return { isSymmetric: undefined, learn: async () => undefined };
  return {
    get isSymmetric() {
      return isSymmetric;
    },
    learn: async () => {
      isSymmetric = true;
      world.knowsSymmetry = true;
    },
  };
}
