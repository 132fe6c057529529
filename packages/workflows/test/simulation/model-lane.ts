import type { ChunkTask, Order, ChunkResult } from "../../src/workflow/contracts.ts";
import { LaneLoop } from "../../src/workflow/lane-loop.ts";
import { READ_LAG_MS } from "../../src/workflow/read-lag.ts";
import { ModelTurn, TurnCancelled } from "./model-turn.ts";
import type { World } from "./world.ts";
import { Bell, never } from "./virtual-clock.ts";

const IDLE_MS = 30_000;

/** A lane's workflow over its runs: each order starts one if none runs. */
export class ModelLane {
  readonly #world: World;
  readonly #lane: string;
  #run: LaneRun | undefined;
  #runs = 0;

  constructor(world: World, lane: string) {
    this.#world = world;
    this.#lane = lane;
  }

  receive(order: Order): void {
    this.#world.terminated.noteOrder(order.batchId);
    this.#current().take(order);
  }

  /** Temporal's own cancel: the run ends after its turn. */
  cancel(): void {
    this.#run?.end();
  }

  /** The run disappears. An attempt of its turn goes on until it notices. */
  terminate(): void {
    this.#run?.terminate();
    this.#run = undefined;
    if (this.#world.mutant === "forgets snapshots when a lane is terminated") this.#world.ledger.forgetSnapshots();
  }

  resetTurn(): void {
    this.#run?.turn?.reset();
  }

  #current(): LaneRun {
    if (this.#run) return this.#run;
    const run = new LaneRun(this.#world, this.#lane, `run ${++this.#runs} of lane ${this.#lane}`);
    this.#run = run;
    void run.work(() => {
      this.#run = undefined;
    });
    return run;
  }
}

/** A run of the lane's workflow, as in `lane-workflow.ts`. */
class LaneRun {
  turn: ModelTurn | undefined;
  readonly #world: World;
  readonly #lane: string;
  readonly #name: string;
  readonly #loop: LaneLoop;
  readonly #bell = new Bell();
  #orders = 0;
  #isEnding = false;
  #isTerminated = false;

  constructor(world: World, lane: string, name: string) {
    this.#world = world;
    this.#lane = lane;
    this.#name = name;
    const { clock, mutant } = world;
    this.#loop = new LaneLoop({
      lane,
      now: clock.now,
      work: (task) => this.#work(task),
      failureOf: (error) => (error instanceof TurnCancelled ? undefined : String(error)),
      sleep: (milliseconds) => this.#alive(clock.sleep(milliseconds)),
      report: (batchId, report) => this.#signal(batchId, (state) => state.report(report, clock.now())),
      readLagMs: mutant === "ignores read lag" ? 0 : READ_LAG_MS,
    });
  }

  take(order: Order): void {
    this.#orders++;
    if (this.#loop.queue.take(order)) this.turn?.cancel();
    this.#bell.ring();
  }

  end(): void {
    this.#isEnding = true;
    this.turn?.cancel();
    this.#bell.ring();
  }

  terminate(): void {
    this.#isTerminated = true;
    this.turn?.abandon();
  }

  async work(onEnd: () => void): Promise<void> {
    const { queue } = this.#loop;
    for (;;) {
      await this.#confirmOrders();
      if (this.#isEnding) break;
      if ((await this.#loop.step()) === "idle" && (await this.#staysIdle())) return onEnd();
    }
    for (const batchId of queue.batchIds) await this.#signal(batchId, (state) => state.laneEnded(this.#lane));
    await this.#confirmOrders();
    onEnd();
  }

  async #confirmOrders(): Promise<void> {
    const { clock } = this.#world;
    for (const { batchId, taken } of this.#loop.queue.takeConfirmations(this.#lane))
      await this.#signal(batchId, (state) => state.orderTaken(taken, clock.now()));
  }

  async #staysIdle(): Promise<boolean> {
    const { queue } = this.#loop;
    const { clock } = this.#world;
    const orders = this.#orders;
    const waitMs = Math.max(1, (queue.nextAt ?? clock.now() + IDLE_MS) - clock.now());
    await this.#alive(Promise.race([this.#bell.wait(), clock.sleep(waitMs)]));
    return queue.isEmpty && this.#orders === orders && !this.#isEnding;
  }

  async #work(task: ChunkTask): Promise<ChunkResult> {
    this.#world.terminated.noteTurn(task.batchId);
    this.turn = new ModelTurn(this.#world, task);
    try {
      return await this.#alive(this.turn.run());
    } finally {
      this.turn = undefined;
    }
  }

  async #signal(batchId: string, take: Parameters<World["signal"]>[1]): Promise<boolean> {
    await this.#alive(this.#world.messages.arrive(`${this.#name} to ${batchId}`));
    return this.#world.signal(batchId, take);
  }

  /** Nothing goes on in a run that was terminated. */
  async #alive<Result>(promise: Promise<Result>): Promise<Result> {
    try {
      return await promise;
    } finally {
      if (this.#isTerminated) await never();
    }
  }
}
