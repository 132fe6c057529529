import { createHash } from "node:crypto";
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from "@temporalio/client";
import { defaultPayloadConverter } from "@temporalio/common";
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
  taskQueueOf,
  type BatchInput,
  type BatchPhase,
  type BatchProgress,
  type ChunkHeartbeat,
  type MaxRate,
  type RateChange,
  type RowOutcome,
} from "../workflow/contracts.ts";
import { OtherBatchError } from "./other-batch-error.ts";
import { SEARCH_ATTRIBUTE_NAMES, searchAttributes } from "../workflow/search-attributes.ts";

export interface BatchClientOptions {
  /** Told once where the server lacks the search attributes: batches run, and cannot be searched by them. */
  onMissingSearchAttributes?: (names: readonly string[]) => void;
  /** Events after which batch and lanes continue as new; default 2,000. */
  maxHistoryEvents?: number;
}

/** Where a batch workflow carries which plan it works; it is kept when the workflow continues as new. */
const PLAN_MEMO = "caselinkPlan";

/** Starts batches on Temporal and speaks with those that run. */
export class BatchClient {
  readonly #client: Client;
  readonly #options: Omit<BatchClientOptions, "onMissingSearchAttributes">;
  readonly #onMissingSearchAttributes: ((names: readonly string[]) => void) | undefined;
  #isSearchable: Promise<boolean> | undefined;

  constructor(client: Client, { onMissingSearchAttributes, ...options }: BatchClientOptions = {}) {
    this.#client = client;
    this.#options = options;
    this.#onMissingSearchAttributes = onMissingSearchAttributes;
  }

  /**
   * Starts a batch that the ledger holds. One that was started before is left as it is; says whether it was.
   * @throws {OtherBatchError} where Temporal has a batch of that id from another plan, as that of another ledger is
   */
  async start(record: BatchRecord): Promise<{ wasStarted: boolean }> {
    const isSearchable = await (this.#isSearchable ??= this.#findSearchAttributes());
    const input: BatchInput = {
      batchId: record.id,
      kind: record.kind,
      endpointKey: endpointKey(record.endpoint),
      chunks: record.chunks,
      rows: record.counts.rows,
      tickets: record.counts.tickets_to_send,
      giveUpAfterMs: record.options.give_up_after_ms,
      ...(record.options.max_rate !== undefined && { maxRate: record.options.max_rate }),
      ...(isSearchable && { isSearchable }),
      ...this.#options,
    };
    try {
      await this.#client.workflow.start(BATCH_WORKFLOW, {
        workflowId: batchWorkflowId(record.id),
        taskQueue: taskQueueOf(record.endpoint),
        args: [input],
        memo: { [PLAN_MEMO]: planDigest(record) },
        ...(isSearchable && {
          typedSearchAttributes: [
            { key: searchAttributes.state, value: "running" },
            { key: searchAttributes.endpoint, value: input.endpointKey },
            { key: searchAttributes.kind, value: record.kind },
          ],
        }),
        workflowIdReusePolicy: "REJECT_DUPLICATE",
        workflowIdConflictPolicy: "FAIL",
        staticSummary: `${record.kind === "undo" ? `Undo of ${record.of ?? "a batch"}` : "Associations"}: ${record.counts.to_send} rows of ${record.counts.tickets_to_send} tickets`,
      });
      return { wasStarted: false };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await this.requireSamePlan(record);
      return { wasStarted: true };
    }
  }

  /**
   * Does nothing where Temporal has the batch, or none of that id. One that was started before plans were noted is taken to be
   * the same.
   * @throws {OtherBatchError} where Temporal has a batch of that id from another plan, as that of another ledger is
   */
  async requireSamePlan(record: BatchRecord): Promise<void> {
    const found = await this.#describe(batchWorkflowId(record.id));
    if (!found) return;
    const { memo, startTime, status } = found;
    const plan = memo?.[PLAN_MEMO];
    if (plan === undefined || plan === planDigest(record)) return;
    throw new OtherBatchError(record.id, { startedAt: startTime, isRunning: status.name === "RUNNING" });
  }

  /** How far a batch is; undefined where Temporal does not know it. Needs a worker that runs. */
  async progress(batchId: string): Promise<BatchProgress | undefined> {
    try {
      return await this.#handle(batchId).query<BatchProgress>(PROGRESS_QUERY);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /**
   * How far a batch is, with what the turns that are under way have done by their last heartbeats. Never more than what is
   * done; a few seconds behind at most. Asks Temporal once for each lane: not to be called many times a second.
   */
  async progressNow(record: Pick<BatchRecord, "id" | "endpoint" | "chunks">): Promise<BatchProgress | undefined> {
    // First the batch: what is reported meanwhile is missed once, and never counted twice.
    const progress = await this.progress(record.id);
    if (!progress || progress.settledTickets >= progress.tickets) return progress;
    const outcomes = { ...progress.outcomes };
    let { settledTickets } = progress;
    for (const beat of await this.#heartbeatsOf(record)) {
      settledTickets += beat.settledTickets;
      for (const [name, count] of Object.entries(beat.outcomes) as [RowOutcome, number][]) {
        outcomes[name] = (outcomes[name] ?? 0) + count;
      }
    }
    return { ...progress, settledTickets: Math.min(settledTickets, progress.tickets), outcomes };
  }

  /**
   * When a worker last said that it works the batch, in milliseconds since 1970; undefined where no turn is under way. Needs
   * no worker that runs.
   */
  async lastBeatAt(record: Pick<BatchRecord, "id" | "endpoint" | "chunks">): Promise<number | undefined> {
    const beats = await this.#heartbeatsOf(record);
    return beats.length === 0 ? undefined : Math.max(...beats.map(({ at }) => at));
  }

  async #heartbeatsOf({ id, endpoint, chunks }: Pick<BatchRecord, "id" | "endpoint" | "chunks">) {
    const key = endpointKey(endpoint);
    const beats = await Promise.all(Object.keys(chunks).map((lane) => this.#heartbeatOf(laneWorkflowId(key, lane))));
    return beats.flatMap((beat) => (beat?.batchId === id ? [beat] : []));
  }

  /** The last heartbeat of the chunk that a lane works; undefined where it works none. */
  async #heartbeatOf(workflowId: string): Promise<(ChunkHeartbeat & { at: number }) | undefined> {
    const description = await this.#describe(workflowId);
    const chunk = description?.raw.pendingActivities?.[0];
    const payload = chunk?.heartbeatDetails?.payloads?.[0];
    if (!payload) return undefined;
    return {
      ...defaultPayloadConverter.fromPayload<ChunkHeartbeat>(payload),
      at: Number(chunk.lastHeartbeatTime?.seconds ?? 0) * 1000,
    };
  }

  /** Undefined where Temporal does not know the workflow. Needs no worker that runs. */
  async #describe(workflowId: string): Promise<WorkflowExecutionDescription | undefined> {
    try {
      return await this.#client.workflow.getHandle(workflowId).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** Waits for the end of a batch. */
  async summary(batchId: string): Promise<BatchSummary> {
    return (await this.#handle(batchId).result()) as BatchSummary;
  }

  /** The batch finishes what is in flight and ends; what is not settled is reported as cancelled. */
  async cancel(batchId: string): Promise<BatchPhase> {
    return this.#update(batchId, CANCEL_UPDATE);
  }

  /** The batch stops beginning tickets until it is resumed. */
  async pause(batchId: string): Promise<BatchPhase> {
    return this.#update(batchId, PAUSE_UPDATE);
  }

  /** A batch that is paused or blocked goes on; what waits for a later round is tried at once. */
  async resume(batchId: string): Promise<BatchPhase> {
    return this.#update(batchId, RESUME_UPDATE);
  }

  /**
   * The most requests a second of the batch from now on, for each worker process; undefined: no maximum. The chunks that are
   * worked elsewhere take it up with their next turn, within ten seconds.
   * @throws {RangeError} for what is not above 0
   */
  async setRate(batchId: string, maxRate: number | undefined): Promise<void> {
    // JSON would make none of it.
    if (Number.isNaN(maxRate) || maxRate === Infinity) throw new RangeError(`a rate of ${maxRate} is none`);
    const args: [RateChange] = [{ maxRate: maxRate ?? null }];
    await this.#handle(batchId).executeUpdate<MaxRate, [RateChange]>(SET_MAX_RATE_UPDATE, { args });
  }

  /** Whether the server knows the search attributes. One that does not say is taken not to. */
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

  #update(batchId: string, update: string): Promise<BatchPhase> {
    return this.#handle(batchId).executeUpdate<BatchPhase, []>(update);
  }

  #handle(batchId: string): WorkflowHandle {
    return this.#client.workflow.getHandle(batchWorkflowId(batchId));
  }
}

/** Tells a plan from every other, also from one of the same rows and options. It moves together with its ledger. */
function planDigest({ created_at, input_digest, files_sha256 }: BatchRecord): string {
  return createHash("sha256")
    .update(JSON.stringify([created_at, input_digest, files_sha256]))
    .digest("hex");
}
