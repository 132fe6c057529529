import { createHash } from "node:crypto";
import {
  type Client,
  QueryRejectedError,
  WorkflowClient,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from "@temporalio/client";
import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import {
  BATCH_WORKFLOW,
  batchWorkflowId,
  CANCEL_UPDATE,
  endpointKey,
  laneWorkflowId,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  SET_MAX_RATE_UPDATE,
  RESUME_UPDATE,
  SHARED_LANE,
  type BatchInput,
  type BatchPhase,
  type BatchProgress,
  type MaxRate,
  type RateChange,
  type Resumption,
} from "../workflow/contracts.ts";
import { BatchEndedError } from "./batch-ended-error.ts";
import { BatchStoppedError, stopOf, type BatchStop } from "./batch-stopped-error.ts";
import { describeWorkflow, lastHeartbeat } from "./lane-heartbeats.ts";
import { completeProgress } from "./other-versions.ts";
import { outlastFailures, outlastHalt } from "./outlast-failures.ts";
import { OtherBatchError } from "./other-batch-error.ts";
import { ProgressReader } from "./progress-reader.ts";
import { findVersionWaits, type VersionWait } from "./worker-versions.ts";
import { taskQueueOf } from "../workflow/task-queues.ts";
import { batchSearchAttributes, SEARCH_ATTRIBUTE_NAMES } from "../workflow/search-attributes.ts";

export interface BatchClientOptions {
  /** Called once if the server lacks search attributes: batches run, and cannot be searched by them. */
  onMissingSearchAttributes?: (names: readonly string[]) => void;
  /** Events after which batch and lanes continue as new; default 2,000. */
  maxHistoryEvents?: number;
}

/** How a workflow ended that was not able to end its batch, by the status in its description. */
const WAS_STOPPED: ReadonlyMap<string, BatchStop> = new Map([
  ["TERMINATED", "terminated"],
  ["CANCELLED", "cancelled"],
  ["TIMED_OUT", "timed out"],
  ["FAILED", "failed"],
]);

/** A description may be that of a run that continued as new meanwhile. */
const IS_RUNNING: ReadonlySet<string> = new Set(["RUNNING", "CONTINUED_AS_NEW"]);

/** What a rejected query says of the run, by the number of its status. */
const STOPS: Readonly<Record<number, BatchStop | "continued as new">> = {
  4: "cancelled",
  5: "terminated",
  6: "continued as new",
  7: "timed out",
};

/** The memo with the digest of a batch's plan. Temporal keeps it when the workflow continues as new. */
const PLAN_MEMO = "caselinkPlan";

/** Starts batches on Temporal, and reads and controls those that run. */
export class BatchClient {
  readonly #client: Client;
  /** Without a worker, only a batch that was stopped responds to it. */
  readonly #queries: WorkflowClient;
  readonly #options: Omit<BatchClientOptions, "onMissingSearchAttributes">;
  readonly #onMissingSearchAttributes: ((names: readonly string[]) => void) | undefined;
  #isSearchable: Promise<boolean> | undefined;

  constructor(client: Client, { onMissingSearchAttributes, ...options }: BatchClientOptions = {}) {
    this.#client = client;
    this.#queries = new WorkflowClient({
      ...client.workflow.options,
      connection: client.connection,
      queryRejectCondition: "NOT_COMPLETED_CLEANLY",
    });
    this.#options = options;
    this.#onMissingSearchAttributes = onMissingSearchAttributes;
  }

  /**
   * Starts a batch of the ledger. A batch that was started before does not change; `wasStarted` is true then. One that an
   * operator terminated, or that timed out, is started again: its ledger has what it did.
   * @throws {OtherBatchError} if Temporal has a batch of that id from another plan, for example from another ledger
   */
  async start(record: BatchRecord): Promise<{ wasStarted: boolean }> {
    const isSearchable = await (this.#isSearchable ??= this.#findSearchAttributes());
    const input: BatchInput = {
      batchId: record.id,
      kind: record.kind,
      endpointKey: endpointKey(record.endpoint),
      ...(record.account !== undefined && { account: record.account }),
      chunks: record.chunks,
      rows: record.counts.rows,
      tickets: record.counts.tickets_to_send,
      giveUpAfterMs: record.options.give_up_after_ms,
      hasOwnClock: true,
      ...(record.options.max_rate !== undefined && { maxRate: record.options.max_rate }),
      ...(isSearchable && { isSearchable }),
      ...this.#options,
    };
    if (await this.#startOnce(record, input)) return { wasStarted: false };
    const found = await this.requireSamePlan(record);
    if (!found || !WAS_STOPPED.has(found.status.name)) return { wasStarted: true };
    return { wasStarted: !(await this.#startOnce(record, { ...input, isRestart: true })) };
  }

  /** False if the batch runs or was started before. */
  async #startOnce(record: BatchRecord, input: BatchInput): Promise<boolean> {
    try {
      await this.#client.workflow.start(BATCH_WORKFLOW, {
        workflowId: batchWorkflowId(record.id),
        taskQueue: taskQueueOf(record.endpoint),
        args: [input],
        memo: { [PLAN_MEMO]: planDigest(record) },
        ...(input.isSearchable && { typedSearchAttributes: batchSearchAttributes(input, "running") }),
        workflowIdReusePolicy: input.isRestart ? "ALLOW_DUPLICATE_FAILED_ONLY" : "REJECT_DUPLICATE",
        workflowIdConflictPolicy: "FAIL",
        staticSummary: `${record.kind === "undo" ? `Undo of ${record.of ?? "a batch"}` : "Associations"}: ${record.counts.to_send} rows of ${record.counts.tickets_to_send} tickets`,
      });
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  }

  /**
   * Returns what Temporal knows of the batch; undefined if it has none of that id. A batch without a stored digest counts as
   * the same.
   * @throws {OtherBatchError} if Temporal has a batch of that id from another plan, for example from another ledger
   */
  async requireSamePlan(record: BatchRecord): Promise<WorkflowExecutionDescription | undefined> {
    const found = await describeWorkflow(this.#client, batchWorkflowId(record.id));
    if (!found) return undefined;
    const { memo, startTime, status } = found;
    const plan = memo?.[PLAN_MEMO];
    if (plan === undefined || plan === planDigest(record)) return found;
    throw new OtherBatchError(record.id, { startedAt: startTime, isRunning: IS_RUNNING.has(status.name) });
  }

  /**
   * Whether Temporal recorded the end of the batch. The ledger has the summary then, unless it is an older copy.
   * @throws {OtherBatchError} as {@link requireSamePlan}
   */
  async hasEnded(record: BatchRecord): Promise<boolean> {
    return (await this.requireSamePlan(record))?.status.name === "COMPLETED";
  }

  /**
   * The progress of a batch; undefined if Temporal does not know it. Needs a worker that runs.
   * @throws {BatchStoppedError} if its workflow ended before the batch; needs no worker
   */
  async progress(batchId: string): Promise<BatchProgress | undefined> {
    const handle = this.#queries.getHandle(batchWorkflowId(batchId));
    for (;;) {
      try {
        return completeProgress(await handle.query<BatchProgress>(PROGRESS_QUERY));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        if (!(error instanceof QueryRejectedError)) throw error;
        const stop = STOPS[error.status] ?? "failed";
        // The query met the end of a run. The next one reaches the new run.
        if (stop !== "continued as new") throw new BatchStoppedError(batchId, stop);
      }
    }
  }

  /** Reads the progress of a batch often and with few requests: also what the turns in progress have done. */
  progressReader({ id, endpoint }: Pick<BatchRecord, "id" | "endpoint">): ProgressReader {
    const key = endpointKey(endpoint);
    return new ProgressReader(id, {
      batch: () => this.progress(id),
      heartbeat: (lane) => lastHeartbeat(this.#client, laneWorkflowId(key, lane)),
    });
  }

  /**
   * The last heartbeat of a turn of the batch, in milliseconds since 1970; undefined if no turn is in progress. Needs no
   * worker that runs.
   */
  async lastHeartbeatAt(record: Pick<BatchRecord, "id" | "endpoint" | "chunks">): Promise<number | undefined> {
    const key = endpointKey(record.endpoint);
    const heartbeats = await Promise.all(
      [...Object.keys(record.chunks), SHARED_LANE].map((lane) =>
        lastHeartbeat(this.#client, laneWorkflowId(key, lane)),
      ),
    );
    const times = heartbeats.flatMap((heartbeat) => (heartbeat?.batchId === record.id ? [heartbeat.at] : []));
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /**
   * Why the batch or one of its lanes waits for workers of another version; undefined: not for that. Needs no worker that runs.
   * That a worker has ended shows after 90 s.
   *
   * @param now milliseconds since 1970
   */
  async versionWait(
    { id, endpoint, chunks }: Pick<BatchRecord, "id" | "endpoint" | "chunks">,
    now?: number,
  ): Promise<VersionWait | undefined> {
    const { waits, pinnedIds } = await findVersionWaits(this.#client, taskQueueOf(endpoint), now);
    const lanes = [...Object.keys(chunks), SHARED_LANE].map((lane) => laneWorkflowId(endpointKey(endpoint), lane));
    const own = [batchWorkflowId(id), ...lanes];
    return waits.find(
      ({ isForNew, workflowIds }) =>
        own.some((workflowId) => workflowIds.includes(workflowId)) || (isForNew && !pinnedIds.has(batchWorkflowId(id))),
    );
  }

  /**
   * Waits for the end of a batch, also while Temporal fails for up to a minute, and in a run that has replaced the last one.
   * @throws {BatchStoppedError} if its workflow ends before the batch
   */
  async summary(batchId: string): Promise<BatchSummary> {
    for (;;) {
      try {
        return (await outlastFailures(() => this.#handle(batchId).result())) as BatchSummary;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) throw new BatchStoppedError(batchId, "deleted");
        if (!(error instanceof WorkflowFailedError)) throw error;
        if (await this.#isOpen(batchId)) continue;
        throw new BatchStoppedError(batchId, stopOf(error.cause), { cause: error.cause });
      }
    }
  }

  async #isOpen(batchId: string): Promise<boolean> {
    return IS_RUNNING.has((await this.#status(batchId)) ?? "");
  }

  /** How Temporal calls the state of the batch's newest run; undefined: it has none. */
  async #status(batchId: string): Promise<string | undefined> {
    const found = await outlastFailures(() => describeWorkflow(this.#client, batchWorkflowId(batchId)));
    return found?.status.name;
  }

  /**
   * The batch finishes its requests in flight and ends; rows without an outcome are reported as cancelled.
   * @throws {BatchEndedError} if the batch has ended, as all actions do
   * @throws {BatchStoppedError} if its workflow ended before the batch, as all actions do
   */
  async cancel(batchId: string): Promise<BatchPhase> {
    return this.#update(batchId, CANCEL_UPDATE);
  }

  /** The batch starts no further ticket until it is resumed. */
  async pause(batchId: string): Promise<BatchPhase> {
    return this.#update(batchId, PAUSE_UPDATE);
  }

  /**
   * A batch that is paused or blocked continues; chunks that wait for a later round are due immediately.
   * @param resumption gives the batch to another account, for example after its access key was replaced
   */
  async resume(batchId: string, resumption: Resumption = {}): Promise<BatchPhase> {
    return this.#update(batchId, RESUME_UPDATE, resumption);
  }

  /**
   * Sets the batch's maximum of requests per second for each worker process; undefined: no maximum. Turns in progress on other
   * workers do not change; their next turns, within 10 s, use it.
   * @throws {RangeError} for NaN and infinity
   */
  async setMaxRate(batchId: string, maxRate: number | undefined): Promise<void> {
    // JSON would turn it into null, which means no maximum.
    if (Number.isNaN(maxRate) || maxRate === Infinity) throw new RangeError(`${maxRate} is not a rate`);
    await this.#update<MaxRate>(batchId, SET_MAX_RATE_UPDATE, { maxRate: maxRate ?? null } satisfies RateChange);
  }

  /** True if the server knows the search attributes. A server that does not say counts as one that does not. */
  async #findSearchAttributes(): Promise<boolean> {
    const { connection, options } = this.#client;
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: options.namespace,
      });
      const missing = SEARCH_ATTRIBUTE_NAMES.filter((name) => !(name in customAttributes));
      if (missing.length > 0) this.#onMissingSearchAttributes?.(missing);
      return missing.length === 0;
    } catch {
      return false;
    }
  }

  async #update<Reply>(batchId: string, update: string, argument?: Resumption | RateChange): Promise<Reply> {
    const options = argument === undefined ? {} : { args: [argument] as [unknown] };
    try {
      return await outlastHalt(
        () => this.#handle(batchId).executeUpdate<Reply, []>(update, options as { args?: [] }),
        () => this.#isOpen(batchId),
      );
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      const status = await this.#status(batchId);
      if (status === "COMPLETED") throw new BatchEndedError(batchId, { cause: error });
      const stop = status === undefined ? "deleted" : WAS_STOPPED.get(status);
      throw stop === undefined ? error : new BatchStoppedError(batchId, stop);
    }
  }

  #handle(batchId: string): WorkflowHandle {
    return this.#client.workflow.getHandle(batchWorkflowId(batchId));
  }
}

/** A digest that distinguishes a plan from every other, even of the same rows and options. It moves with its ledger. */
function planDigest({ created_at, input_digest, files_sha256 }: BatchRecord): string {
  return createHash("sha256")
    .update(JSON.stringify([created_at, input_digest, files_sha256]))
    .digest("hex");
}
