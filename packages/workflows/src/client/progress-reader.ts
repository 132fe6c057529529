import type { BatchProgress, ChunkHeartbeat, RowOutcome, TurnProgress } from "../workflow/contracts.ts";

/** How a {@link ProgressReader} asks Temporal; each call is one request. */
export interface ProgressSource {
  /** What the batch has counted; undefined if Temporal does not know it. */
  batch(): Promise<BatchProgress | undefined>;
  /** The last heartbeat of the turn that a lane works. */
  heartbeat(lane: string): Promise<ChunkHeartbeat | undefined>;
}

/**
 * Reads the progress of one batch: what the batch has counted, and what the turns in progress have done by their last
 * heartbeats. It never exceeds what is done. A heartbeat has all turns of its process, so that one request a process is
 * enough; the values of others are remembered, and count until the batch has counted their turn.
 */
export class ProgressReader {
  readonly #batchId: string;
  readonly #source: ProgressSource;
  #counted: BatchProgress | undefined;
  #asksLaneNext = false;
  /** The latest turn known of each lane. */
  readonly #turns = new Map<string, TurnProgress & Pick<ChunkHeartbeat, "maxRate">>();
  /** When each lane was last heard of, as a number of requests. */
  readonly #heardAt = new Map<string, number>();
  #requests = 0;

  constructor(batchId: string, source: ProgressSource) {
    this.#batchId = batchId;
    this.#source = source;
  }

  /**
   * The progress after one more request: of the batch and of a lane in turn. Undefined if Temporal does not know the batch.
   * Needs a worker that runs.
   */
  async next(): Promise<BatchProgress | undefined> {
    const lane = this.#asksLaneNext ? this.#laneToAsk : undefined;
    this.#asksLaneNext = lane === undefined;
    if (lane === undefined) await this.#askBatch();
    else await this.#askLane(lane);
    return this.#progress;
  }

  /** The progress with all turns in progress: one request, and one for each process that works the batch. */
  async all(): Promise<BatchProgress | undefined> {
    const before = this.#requests;
    await this.#askBatch();
    for (let lane = this.#laneToAsk; lane !== undefined; lane = this.#laneToAsk) {
      if ((this.#heardAt.get(lane) ?? 0) > before) break;
      await this.#askLane(lane);
    }
    return this.#progress;
  }

  async #askBatch(): Promise<void> {
    this.#requests++;
    this.#counted = await this.#source.batch();
  }

  async #askLane(lane: string): Promise<void> {
    const now = ++this.#requests;
    this.#heardAt.set(lane, now);
    const heartbeat = await this.#source.heartbeat(lane);
    if (heartbeat?.batchId !== this.#batchId) return;
    for (const turn of heartbeat.turns) {
      this.#heardAt.set(turn.lane, now);
      const known = this.#turns.get(turn.lane);
      const { maxRate } = heartbeat;
      if (!known || known.turn <= turn.turn)
        this.#turns.set(turn.lane, { ...turn, ...(maxRate !== undefined && { maxRate }) });
    }
  }

  /** The lane that was not heard of for longest; undefined if none has work. */
  get #laneToAsk(): string | undefined {
    const { openLanes = [] } = this.#counted ?? {};
    const heardAt = (lane: string): number => this.#heardAt.get(lane) ?? 0;
    return openLanes.toSorted((a, b) => heardAt(a) - heardAt(b))[0];
  }

  get #progress(): BatchProgress | undefined {
    const counted = this.#counted;
    if (!counted) return undefined;
    const outcomes = { ...counted.outcomes };
    let { settledTickets } = counted;
    let workerMaxRate = Number.POSITIVE_INFINITY;
    for (const turn of this.#turns.values()) {
      // The batch has counted this turn, or a later one of the lane.
      if (turn.turn <= (counted.countedTurns[turn.lane] ?? 0)) continue;
      settledTickets += turn.settledTickets;
      workerMaxRate = Math.min(workerMaxRate, turn.maxRate ?? workerMaxRate);
      for (const [name, count] of Object.entries(turn.outcomes) as [RowOutcome, number][]) {
        outcomes[name] = (outcomes[name] ?? 0) + count;
      }
    }
    return {
      ...counted,
      settledTickets: Math.min(settledTickets, counted.tickets),
      outcomes,
      ...(Number.isFinite(workerMaxRate) && { workerMaxRate }),
    };
  }
}
