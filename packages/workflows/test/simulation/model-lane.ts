import type { ChunkTask, LaneStateData, Order } from "../../src/workflow/contracts.ts";
import { LaneLoop, type LaneDependencies, type Turn } from "../../src/workflow/lane-loop.ts";
import { READ_LAG_MS } from "../../src/workflow/read-lag.ts";
import { ModelTurn, TurnCancelled } from "./model-turn.ts";
import { copyOf } from "./copy.ts";
import type { World } from "./world.ts";
import { Bell, never } from "./virtual-clock.ts";

/** The lanes that have work, or had some. */
export class ModelLanes {
  readonly #world: World;
  readonly #lanes = new Map<string, ModelLane>();

  constructor(world: World) {
    this.#world = world;
  }

  of(name: string): ModelLane {
    const lane = this.#lanes.get(name) ?? new ModelLane(this.#world, name);
    this.#lanes.set(name, lane);
    return lane;
  }
}

/** A lane's workflow over its runs: each order starts one if none runs. */
class ModelLane {
  readonly #world: World;
  readonly #name: string;
  #run: LaneRun | undefined;
  #runs = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  receive(order: Order): void {
    this.#world.terminated.noteOrder(this.#name, order.batchId);
    (this.#run ?? this.#start()).take(order);
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

  #start(state?: LaneStateData): LaneRun {
    const run = new LaneRun(this.#world, this.#name, `lane ${this.#name} run ${++this.#runs}`, state);
    this.#run = run;
    void run.work((end) => {
      this.#run = undefined;
      if (end === "continued") this.#start(run.state());
    });
    return run;
  }
}

/** A run of the lane's workflow: the loop that ships, over the parts of the model. */
class LaneRun {
  turn: ModelTurn | undefined;
  readonly #world: World;
  readonly #lane: string;
  readonly #name: string;
  readonly #loop: LaneLoop;
  readonly #bell = new Bell();
  #turns = 0;
  #isTerminated = false;

  constructor(world: World, lane: string, name: string, state?: LaneStateData) {
    this.#world = world;
    this.#lane = lane;
    this.#name = name;
    const { clock, mutant } = world;
    const { stepsPerRun = Number.POSITIVE_INFINITY } = world.schedule;
    const dependencies: LaneDependencies = {
      lane,
      now: clock.now,
      work: (task) => this.#start(task),
      failureOf: (error) => (error instanceof TurnCancelled ? undefined : String(error)),
      sleep: (milliseconds) => this.#alive(clock.sleep(milliseconds)),
      waitUntil: (isSo, milliseconds) => this.#alive(this.#waitUntil(isSo, milliseconds)),
      report: (batchId, report) => this.#signal(batchId, (batch) => batch.report(report, clock.now())),
      confirm: (batchId, taken) => this.#signal(batchId, (batch) => batch.orderTaken(taken, clock.now())),
      leave: (batchId) => this.#signal(batchId, (batch) => batch.laneEnded(lane)),
      mustContinueAsNew: () => this.#turns >= stepsPerRun,
      mustChangeVersion: () => false,
      hasHandledAll: () => true,
      readLagMs: mutant === "ignores read lag" ? 0 : READ_LAG_MS,
    };
    this.#loop = new LaneLoop(dependencies, state);
  }

  /** The state of the next run, as it travels through Temporal. */
  state(): LaneStateData {
    return copyOf(this.#loop.data());
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

  async work(onEnd: (end: "ended" | "continued") => void): Promise<void> {
    onEnd(await this.#loop.run());
  }

  async #waitUntil(isSo: () => boolean, milliseconds: number): Promise<void> {
    const { clock } = this.#world;
    const lateAt = clock.now() + milliseconds;
    const late = clock.sleep(milliseconds);
    while (!isSo() && clock.now() < lateAt) await Promise.race([this.#bell.wait(), late]);
  }

  #start(task: ChunkTask): Turn {
    this.#turns++;
    this.#world.terminated.noteTurn(this.#lane, task.batchId);
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
