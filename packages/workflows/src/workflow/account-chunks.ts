import { ActivityFailure, CancellationScope, proxyActivities, TimeoutFailure } from "@temporalio/workflow";
import type { BatchActivities } from "./activity-types.ts";
import type { ChunkResult, ChunkTask, WaitReason } from "./contracts.ts";
import type { LaneQueue } from "./lane-queue.ts";
import { chunkQueueOf, rejectedQueueOf } from "./task-queues.ts";

/** A worker that runs takes a chunk within milliseconds. */
const TAKEN_WITHIN = "3 seconds";

/**
 * Works chunks on the workers of their batch's account. If none takes a chunk, the batch waits in the queue until one is
 * there, and holds up no batch of another account.
 */
export class AccountChunks {
  readonly #endpointKey: string;
  readonly #queue: Pick<LaneQueue, "unattendedAccounts" | "setAttended">;
  readonly #onAttended: () => void;
  /** The accounts of which a worker is awaited. */
  readonly #awaited = new Set<string | undefined>();

  /** @param onAttended called when a worker of an account that had none is there */
  constructor(
    endpointKey: string,
    queue: Pick<LaneQueue, "unattendedAccounts" | "setAttended">,
    onAttended: () => void,
  ) {
    this.#endpointKey = endpointKey;
    this.#queue = queue;
    this.#onAttended = onAttended;
    for (const account of queue.unattendedAccounts) this.#awaitWorker(account);
  }

  async work(task: ChunkTask): Promise<ChunkResult> {
    const { account } = task;
    try {
      return withoutRejection(await this.#workersOf(account).workChunk(task));
    } catch (error) {
      const timeout = notTaken(error);
      if (!timeout) throw error;
      const waitReason = await this.#waitReason(account);
      // An attempt that started earlier has sent heartbeats, and perhaps a write.
      const isUntaken = timeout.lastHeartbeatDetails === undefined;
      return {
        deferred: 1,
        retryable: 0,
        ambiguous: 0,
        hasWritten: !isUntaken,
        waitReason,
        ...(isUntaken && { isUntaken }),
      };
    }
  }

  #workersOf(account: string | undefined): Pick<BatchActivities, "workChunk"> {
    return proxyActivities<Pick<BatchActivities, "workChunk">>({
      taskQueue: chunkQueueOf(this.#endpointKey, account),
      scheduleToStartTimeout: TAKEN_WITHIN,
      startToCloseTimeout: "30 minutes",
      heartbeatTimeout: "10 seconds",
      cancellationType: "WAIT_CANCELLATION_COMPLETED",
      // No limit on attempts: crashes and deployments use them up, and these are no row's fault. The first interval is longer
      // than a stalled attempt needs to notice that it timed out.
      retry: { initialInterval: "5 seconds", maximumInterval: "1 minute" },
    });
  }

  /** Waits, next to the lane's other work, until a worker of the account takes a task. */
  #awaitWorker(account: string | undefined): void {
    if (this.#awaited.has(account)) return;
    this.#awaited.add(account);
    const { attend } = proxyActivities<Pick<BatchActivities, "attend">>({
      taskQueue: chunkQueueOf(this.#endpointKey, account),
      startToCloseTimeout: "10 seconds",
      retry: { initialInterval: "1 second", maximumInterval: "1 minute" },
    });
    const attended = (): void => {
      this.#awaited.delete(account);
      this.#queue.setAttended(account, true);
      this.#onAttended();
    };
    // Not a part of the turn. If it fails, the lane tries the chunk itself.
    void CancellationScope.nonCancellable(() => attend()).then(attended, attended);
  }

  /** Lets the batches of the account wait for a worker, and returns why: a worker that the API rejects says so. */
  async #waitReason(account: string | undefined): Promise<WaitReason> {
    this.#queue.setAttended(account, false);
    this.#awaitWorker(account);
    const { rejection } = proxyActivities<Pick<BatchActivities, "rejection">>({
      taskQueue: rejectedQueueOf(this.#endpointKey, account),
      scheduleToStartTimeout: "2 seconds",
      startToCloseTimeout: "5 seconds",
      retry: { maximumAttempts: 1 },
    });
    return CancellationScope.nonCancellable(async () => {
      try {
        return (await rejection()) ?? noWorker(account);
      } catch {
        return noWorker(account);
      }
    });
  }
}

/** The worker takes itself out and another one may take the chunk: the batch waits only if none does. */
function withoutRejection(result: ChunkResult): ChunkResult {
  if (result.waitReason?.kind !== "credentials") return result;
  const { waitReason: _, ...rest } = result;
  return rest;
}

function notTaken(error: unknown): TimeoutFailure | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === "SCHEDULE_TO_START" ? cause : undefined;
}

function noWorker(account: string | undefined): WaitReason {
  const whose = account === undefined ? "with a token" : `of account ${account}`;
  const reason = `no worker ${whose} runs for this API; start one with the credentials of the batch: caselink worker`;
  return { kind: "worker", reason, hasNoWorker: true };
}
