import type { ChunkTask, Order } from "../../src/workflow/contracts.ts";
import { LaneLoop, type Turn } from "../../src/workflow/lane-loop.ts";
import { READ_LAG_MS } from "../../src/workflow/read-lag.ts";
import { ModelTurn, TurnCancelled } from "./model-turn.ts";
import { LANE, type World } from "./world.ts";
import { Bell, never } from "./virtual-clock.ts";

/** A lane's workflow over its runs: each order starts one if none runs. */
export class ModelLane {
  readonly #world: World;
  #run: LaneRun | undefined;
  #runs = 0;

  constructor(world: World) {
    this.#world = world;
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
    const run = new LaneRun(this.#world, `lane run ${++this.#runs}`);
    this.#run = run;
    void run.work(() => {
      this.#run = undefined;
    });
    return run;
  }
}

/** A run of the lane's workflow: the loop that ships, over the parts of the model. */
class LaneRun {
  turn: ModelTurn | undefined;
  readonly #world: World;
  readonly #name: string;
  readonly #loop: LaneLoop;
  readonly #bell = new Bell();
  #isTerminated = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
    const { clock, mutant } = world;
    this.#loop = new LaneLoop({
      lane: LANE,
      now: clock.now,
      work: (task) => this.#start(task),
      failureOf: (error) => (error instanceof TurnCancelled ? undefined : String(error)),
      sleep: (milliseconds) => this.#alive(clock.sleep(milliseconds)),
      waitUntil: (isSo, milliseconds) => this.#alive(this.#waitUntil(isSo, milliseconds)),
      report: (batchId, report) => this.#signal(batchId, (state) => state.report(report, clock.now())),
      confirm: (batchId, taken) => this.#signal(batchId, (state) => state.orderTaken(taken, clock.now())),
      leave: (batchId) => this.#signal(batchId, (state) => state.laneEnded(LANE)),
      mustContinueAsNew: () => false,
      hasHandledAll: () => true,
      readLagMs: mutant === "ignores read lag" ? 0 : READ_LAG_MS,
    });
  }

  take(order: Order): void {
    this.#loop.take(order);
    this.#bell.ring();
  }

  end(): void {
    this.#loop.end();
    this.#bell.ring();
  }

  terminate(): void {
    this.#isTerminated = true;
    this.turn?.abandon();
  }

  async work(onEnd: () => void): Promise<void> {
    await this.#loop.run();
    onEnd();
  }

  async #waitUntil(isSo: () => boolean, milliseconds: number): Promise<void> {
    const { clock } = this.#world;
    const lateAt = clock.now() + milliseconds;
    const late = clock.sleep(milliseconds);
    while (!isSo() && clock.now() < lateAt) await Promise.race([this.#bell.wait(), late]);
  }

  #start(task: ChunkTask): Turn {
    this.#world.terminated.noteTurn(task.batchId);
    const turn = new ModelTurn(this.#world, task);
    this.turn = turn;
    const result = this.#alive(turn.run()).finally(() => (this.turn = undefined));
    return { result, cancel: () => turn.cancel() };
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
