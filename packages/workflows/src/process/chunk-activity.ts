import { randomUUID } from "node:crypto";
import { Context } from "@temporalio/activity";
import type { BatchRecord, LeaseRecord, Ledger } from "@caselink/ledger";
import type { RateLimiter } from "@caselink/sdk";
import type { ApiChecksByBatch } from "../batch/api-checks.ts";
import type { ChunkDependencies } from "../chunk/chunk-dependencies.ts";
import { SharedTickets } from "../chunk/shared-tickets.ts";
import { LeaseLostError } from "../chunk/lane-lease.ts";
import { workChunk } from "../chunk/work-chunk.ts";
import type { EngineMetrics, TurnResult } from "../observe/engine-metrics.ts";
import type { EngineTraces } from "../observe/engine-traces.ts";
import { ConcurrencyLimit } from "../rate/concurrency-limit.ts";
import type { RequestQueues } from "../rate/request-queues.ts";
import { firstOf } from "../wait/abort-signals.ts";
import { sleep } from "../wait/sleep.ts";
import {
  endpointKey,
  SHARED_LANE,
  type ChunkHeartbeat,
  type ChunkCounts,
  type ChunkResult,
  type ChunkTask,
} from "../workflow/contracts.ts";
import { needsOperator } from "../workflow/needs-operator.ts";
import { toActivityFailure } from "./activity-failure.ts";
import type { ApiConnector } from "./api-connector.ts";
import type { ApiProfileReader } from "./api-profile-reader.ts";
import type { ApiReadLag } from "./api-read-lag.ts";
import type { ApiSymmetry } from "./api-symmetry.ts";
import type { BatchRecords } from "./batch-records.ts";
import { startHeartbeats } from "./heartbeats.ts";
import { identifySelf, hasExited } from "./lease-holder.ts";
import type { RunningChunks } from "./running-chunks.ts";
import { TurnsInProgress } from "./turns-in-progress.ts";

/**
 * Tickets in progress for each request that may be in flight: a ticket that waits for its snapshot needs no request. More
 * tickets would only wait, and be copied by every garbage collection meanwhile.
 */
const IN_PROGRESS_PER_REQUEST = 3;
/** A snapshot is stored for at least this many tickets together, if there are as many: an object store bills each write. */
const LEAST_IN_PROGRESS = 32;

export interface ChunkActivityOptions {
  api: ApiConnector;
  ledger: Ledger;
  /** The most requests in flight in this process, over all chunks. */
  maxInFlight: number;
  /** The process's rate limiter. */
  rateLimiter: RateLimiter;
  queues: RequestQueues;
  records: BatchRecords;
  running: RunningChunks;
  apiChecks: ApiChecksByBatch;
  profile: ApiProfileReader;
  symmetry: ApiSymmetry;
  readLag: ApiReadLag;
  metrics: EngineMetrics;
  traces: EngineTraces | undefined;
}

/** The activity that works chunks, with what all chunks of a process share. */
export class ChunkActivity {
  readonly #options: ChunkActivityOptions;
  readonly #concurrencyLimit = new ConcurrencyLimit();
  readonly #sharedTickets: SharedTickets;
  readonly #turns = new TurnsInProgress();
  readonly #self = identifySelf();

  constructor(options: ChunkActivityOptions) {
    this.#options = options;
    this.#sharedTickets = new SharedTickets(
      () => performance.now(),
      () => options.readLag.longestMs,
    );
  }

  async run(task: ChunkTask): Promise<ChunkResult> {
    const { attempt } = Context.current().info;
    const { metrics } = this.#options;
    const { batchId } = task;
    const startedAt = performance.now();
    let end: TurnResult = "failed";
    using turn = this.#turns.add(task);
    using _ = startHeartbeats((): ChunkHeartbeat => {
      const { maxRate } = this.#options.rateLimiter;
      return { batchId, turns: this.#turns.of(batchId), ...(maxRate !== undefined && { maxRate }) };
    });
    try {
      // An order that arrives late may come after the batch's end.
      if (await this.#options.ledger.summary(batchId)) {
        end = "over";
        return { deferred: 0, retryable: 0, ambiguous: 0, hasWritten: false };
      }
      const result = await this.#work(task, (counts) => turn.update(counts));
      end = result.waitReason ? "waits" : "worked";
      logWaitReason(result);
      return result;
    } catch (error) {
      if (error instanceof LeaseLostError) {
        end = "lease-lost";
        metrics.leaseLost();
      }
      throw toActivityFailure(error, attempt);
    } finally {
      metrics.turnEnded(end, performance.now() - startedAt);
    }
  }

  async #work(task: ChunkTask, onProgress: (counts: ChunkCounts) => void): Promise<ChunkResult> {
    const { ledger, queues, records, running, apiChecks, profile, symmetry, readLag, metrics, traces } = this.#options;
    const [record, known] = await Promise.all([records.get(task.batchId), profile.read()]);
    symmetry.update(known);
    readLag.update(known);
    using requests = queues.open(task.batchId, maxRateOf(task, record));
    using stop = running.add(task.batchId);
    const dependencies: ChunkDependencies = {
      api: this.#connector(requests.rateLimiter),
      requests,
      ledger,
      lease: await this.#lease(task, record),
      ...apiChecks.of(task, record.counts.tickets_to_send),
      symmetry,
      readLag: readLag.of(record),
      sharedTickets: this.#sharedTickets,
      overLimit: record.options.over_limit,
      concurrencyLimit: this.#concurrencyLimit,
      maxConcurrency: () => this.#maxConcurrency,
      stop: firstOf(Context.current().cancellationSignal, stop.signal),
      now: Date.now,
      random: Math.random,
      sleep,
      onProgress,
      onSettled: (outcomes) => metrics.rowsSettled(outcomes),
      ...(traces && { inTicketSpan: (work) => traces.ticket(work) }),
    };
    const work = (): Promise<ChunkResult> => workChunk(task, dependencies);
    return traces ? await traces.turn({ task, record, attempt: Context.current().info.attempt }, work) : await work();
  }

  /** The API at the batch's rate. */
  #connector(rateLimiter: RateLimiter): ApiConnector {
    const { api } = this.#options;
    return { ...api, connect: (beforeWrite, _rateLimiter, signal) => api.connect(beforeWrite, rateLimiter, signal) };
  }

  async #lease(task: ChunkTask, { endpoint }: BatchRecord): Promise<ChunkDependencies["lease"]> {
    const self = await this.#self;
    return {
      lane: `${endpointKey(endpoint)}-${task.isShared ? SHARED_LANE : task.lane}`,
      holder: { token: randomUUID(), ...self },
      hasExited: (holder: LeaseRecord) => hasExited(holder, self.host),
    };
  }

  /** All lanes share the tickets that are useful to have in progress. */
  get #maxConcurrency(): number {
    const { maxInFlight, running } = this.#options;
    return Math.max(LEAST_IN_PROGRESS, Math.ceil((IN_PROGRESS_PER_REQUEST * maxInFlight) / running.count));
  }
}

/** The fields of the line name batch, lane and chunk. */
function logWaitReason({ waitReason }: ChunkResult): void {
  if (!waitReason) return;
  const { log } = Context.current();
  const facts = { ...waitReason };
  if (needsOperator(waitReason)) log.warn("the turn ended: an operator has to act", facts);
  else log.info("the turn ended: its batch waits", facts);
}

/** The maximum rate that an operator set, else the planned one. */
function maxRateOf(task: ChunkTask, { options }: BatchRecord): number | undefined {
  return task.maxRate === undefined ? options.max_rate : (task.maxRate ?? undefined);
}
