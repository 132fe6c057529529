import { LeaseLostError } from "../../src/chunk/lane-lease.ts";
import { workChunk } from "../../src/chunk/work-chunk.ts";
import type { ChunkResult, ChunkTask } from "../../src/workflow/contracts.ts";
import { dependenciesOf } from "./model-activity.ts";
import { ModelProcess } from "./model-process.ts";
import { between } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import { Bell, never } from "./virtual-clock.ts";
import type { World } from "./world.ts";

/** The time in which Temporal notices a missing heartbeat and starts the next attempt. */
const NOTICED_AFTER_MS = 15_000;
const RETRY_AFTER_MS = 5_000;
/** An attempt learns with its next heartbeat that it has to stop. */
const HEARTBEAT_MS = 3_000;

/** The turn was cut short. */
export class TurnCancelled extends Error {}

/**
 * Attempts of one activity, as Temporal starts them: another one if the last one sent no heartbeat for a while. The failure of
 * the third attempt reaches the lane, and so does a lost lease.
 */
export class ModelTurn {
  readonly #world: World;
  readonly #task: ChunkTask;
  readonly #reset = new Bell();
  readonly #cancelled = new Bell();
  #isCancelled = false;
  #isAbandoned = false;
  #stop = new AbortController();

  constructor(world: World, task: ChunkTask) {
    this.#world = world;
    this.#task = task;
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#cancelled.ring();
    void this.#stopSoon();
  }

  /** The lane has gone: no further attempt starts. */
  abandon(): void {
    this.#isAbandoned = true;
    void this.#stopSoon();
  }

  /** The attempt is asked to stop, and another one starts. */
  reset(): void {
    void this.#stopSoon();
    this.#reset.ring();
  }

  async #stopSoon(): Promise<void> {
    const stop = this.#stop;
    await this.#world.clock.sleep(between(this.#world.random, 0, HEARTBEAT_MS));
    stop.abort();
  }

  async run(): Promise<ChunkResult> {
    const { clock } = this.#world;
    for (let number = 1; ; number++) {
      if (this.#isCancelled) throw new TurnCancelled();
      const end = await this.#runAttempt();
      if (end && "result" in end) return end.result;
      if (this.#isCancelled) throw new TurnCancelled();
      if (end && (end.error instanceof LeaseLostError || number >= 3)) throw end.error;
      // The attempt failed, or sent no heartbeat. The next one starts, next to the other if that still runs.
      await Promise.race([clock.sleep(RETRY_AFTER_MS), this.#cancelled.wait()]);
      // Temporal retries no activity of a workflow that was terminated.
      if (this.#isAbandoned) return never();
    }
  }

  /** Undefined: Temporal has lost the attempt. */
  #runAttempt(): Promise<{ result: ChunkResult } | { error: unknown } | undefined> {
    const world = this.#world;
    const attempt = world.attempts++;
    const process = new ModelProcess(world.clock);
    this.#stop = new AbortController();
    const work = this.#work(attempt, process, this.#stop.signal).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    void this.#stopAsPlanned(attempt, this.#stop);
    const lost = world.schedule.faults.filter(isOfAttempt(attempt)).map((fault) => this.#meet(fault, process));
    return Promise.race([work, this.#reset.wait(), ...lost]);
  }

  async #work(attempt: number, process: ModelProcess, stop: AbortSignal): Promise<ChunkResult> {
    const { batchId } = this.#task;
    const ledger = process.use(this.#world.ledger);
    // As in the activity: an order that arrives late may come after the batch's end.
    if (await ledger.summary(batchId)) return { deferred: 0, retryable: 0, ambiguous: 0, hasWritten: false };
    return workChunk(this.#task, dependenciesOf(this.#world, this.#task, { attempt, process, stop }));
  }

  async #stopAsPlanned(attempt: number, stop: AbortController): Promise<void> {
    for (const fault of this.#world.schedule.faults) {
      if (fault.kind !== "stop" || fault.attempt !== attempt) continue;
      await this.#world.clock.sleep(fault.afterMs);
      this.#note(attempt, "stopped");
      stop.abort();
    }
  }

  /** Kills or stalls the attempt, or changes its clock. Resolves when Temporal has lost it. */
  async #meet(fault: AttemptFault, process: ModelProcess): Promise<undefined> {
    const { clock } = this.#world;
    await clock.sleep(fault.afterMs);
    if (fault.kind === "clock") {
      this.#note(fault.attempt, `its clock changes by ${fault.byMs} ms`);
      process.changeClock(fault.byMs);
      return never();
    }
    this.#note(fault.attempt, fault.kind === "kill" ? "killed" : `stalls for ${fault.forMs} ms`);
    if (fault.kind === "kill") this.#world.kill(process);
    else process.stall(fault.forMs);
    if (fault.kind === "stall" && fault.forMs <= NOTICED_AFTER_MS) return never();
    await clock.sleep(NOTICED_AFTER_MS);
    return undefined;
  }

  #note(attempt: number, what: string): void {
    const { clock, server } = this.#world;
    server.story.push(`${clock.now()} ms  attempt ${attempt} of ${this.#task.batchId}: ${what}`);
  }
}

type AttemptFault = Extract<Schedule["faults"][number], { kind: "kill" | "stall" | "clock" }>;

const isOfAttempt =
  (attempt: number) =>
  (fault: Schedule["faults"][number]): fault is AttemptFault =>
    (fault.kind === "kill" || fault.kind === "stall" || fault.kind === "clock") && fault.attempt === attempt;
