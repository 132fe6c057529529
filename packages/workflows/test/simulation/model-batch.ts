import { BatchLoop } from "../../src/workflow/batch-loop.ts";
import type { BatchState } from "../../src/workflow/batch-state.ts";
import type { BatchInput, BatchStateData, Order, WaitReason } from "../../src/workflow/contracts.ts";
import { copyOf } from "./copy.ts";
import type { Fault } from "./schedule.ts";
import type { World } from "./world.ts";
import { Bell, never } from "./virtual-clock.ts";

/** How long the blocked batch of a test waits for its operator. */
const OPERATOR_MS = 90_000;

/** A batch's workflow over its runs: an operator may terminate it, start it again and reset it. */
export class ModelBatch {
  readonly batchId: string;
  /** Resolves when a run of the batch has written its summary. */
  readonly finished: Promise<void>;
  readonly kind: BatchInput["kind"];
  /** Why it was blocked for the API's behaviour. */
  readonly blocks: WaitReason[] = [];
  readonly #world: World;
  readonly #input: BatchInput;
  readonly #finished = Promise.withResolvers<void>();
  #run: BatchRun | undefined;
  #runs = 0;
  /** Earlier states of the run, for a reset. */
  #history: { at: number; state: BatchStateData }[] = [];

  constructor(world: World, input: BatchInput) {
    this.#world = world;
    this.#input = input;
    this.batchId = input.batchId;
    this.kind = input.kind;
    this.finished = this.#finished.promise;
  }

  get #mayBeReset(): boolean {
    const isReset = (fault: Fault): boolean =>
      fault.kind === "batch" && fault.action === "reset" && `batch-${fault.batch}` === this.batchId;
    return this.#world.schedule.faults.some(isReset);
  }

  get state(): BatchStateData | undefined {
    return this.#run?.loop.state.data;
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  start(isRestart = false): void {
    if (this.isRunning || this.#world.ledger.isFinished(this.batchId)) return;
    this.#history = [];
    this.#begin({ ...this.#input, ...(isRestart && { isRestart }) }, this.#world.clock.now());
  }

  terminate(): void {
    if (this.#run) this.#run.isStopped = true;
    this.#run = undefined;
  }

  /** The state goes back to what it was at that time. What has come since is lost. */
  reset(at: number): void {
    const before = this.#history.filter((one) => one.at <= at).pop();
    if (!this.#run || !before) return;
    const { startedAt } = this.#run;
    this.terminate();
    this.#begin({ ...this.#input, state: copyOf(before.state) }, startedAt);
  }

  pause(): void {
    this.#act(({ loop }) => {
      loop.state.pause(this.#world.clock.now());
      loop.stopTurns();
    });
  }

  resume(): void {
    this.#act(({ loop }) => {
      loop.state.resume(this.#world.clock.now());
      loop.announceResume();
    });
  }

  cancel(): void {
    this.#act(({ loop }) => {
      loop.state.data.isCancelled = true;
      loop.stopTurns();
    });
  }

  /** A message of a lane. False: no run takes it. */
  receive(take: (state: BatchState) => void): boolean {
    const run = this.#run;
    if (!run) return false;
    take(run.loop.state);
    const { waitReason } = run.loop.state.data;
    if (waitReason?.kind === "behaviour") {
      if (!run.isBlocked) this.blocks.push(waitReason);
      void this.#resumeLater(run);
    }
    run.bell.ring();
    return true;
  }

  async #resumeLater(run: BatchRun): Promise<void> {
    if (run.isBlocked) return;
    run.isBlocked = true;
    await this.#world.clock.sleep(OPERATOR_MS);
    run.isBlocked = false;
    if (this.#run?.loop.state.data.waitReason?.kind === "behaviour") this.resume();
  }

  /** An operator's action, unless the batch ends. */
  #act(action: (run: BatchRun) => void): void {
    const run = this.#run;
    if (!run || run.loop.state.data.isCancelled || run.loop.state.data.endedAt !== undefined) return;
    action(run);
    run.bell.ring();
  }

  #begin(input: BatchInput, startedAt: number): void {
    const run = new BatchRun(`${this.batchId} run ${++this.#runs}`, input, startedAt, this.#world.clock.now());
    this.#run = run;
    this.#work(run).catch(this.#finished.reject);
  }

  async #work(run: BatchRun): Promise<void> {
    const { clock, mutant, schedule } = this.#world;
    const { stepsPerRun = Number.POSITIVE_INFINITY } = schedule;
    for (let steps = 1; ; steps++) {
      // Nothing is silent that was never heard of.
      if (mutant === "never repeats an order") run.loop.state.data.heard = {};
      const step = run.loop.step(clock.now(), run.startedAt);
      if (this.#mayBeReset) this.#history.push({ at: clock.now(), state: copyOf(run.loop.state.data) });
      if (step.kind === "over") break;
      if (step.kind === "send") {
        await Promise.all(step.orders.map(({ lane, order }) => this.#send(lane, { ...order, run: run.name })));
      } else if (steps > stepsPerRun) return this.#continueAsNew(run);
      else {
        if (step.dueAt !== undefined && step.dueAt <= clock.now())
          throw new Error(`${this.batchId} waits for a time that has passed`);
        const message = run.bell.wait();
        await Promise.race([
          message,
          step.dueAt === undefined ? never() : clock.sleep(Math.max(1, step.dueAt - clock.now())),
        ]);
      }
      if (run.isStopped) return;
    }
    const { data } = run.loop.state;
    data.endedAt ??= clock.now();
    await this.#world.ledger.finish(this.batchId, data.isCancelled ? "cancelled" : "completed");
    this.#world.server.story.push(`${clock.now()} ms  ${this.batchId}: its summary is written`);
    if (this.#run === run) this.#run = undefined;
    this.#finished.resolve();
  }

  #continueAsNew(run: BatchRun): void {
    this.terminate();
    this.#history = [];
    this.#begin({ ...this.#input, state: copyOf(run.loop.state.data) }, this.#world.clock.now());
  }

  async #send(lane: string, order: Order): Promise<void> {
    await this.#world.messages.deliver(`${order.run} to ${lane}`, () => this.#world.lanes.of(lane).receive(order));
  }
}

class BatchRun {
  readonly name: string;
  readonly loop: BatchLoop;
  readonly startedAt: number;
  readonly bell = new Bell();
  /** An operator terminated it. Its orders may still be under way. */
  isStopped = false;
  isBlocked = false;

  constructor(name: string, input: BatchInput, startedAt: number, now: number) {
    this.name = name;
    this.startedAt = startedAt;
    this.loop = new BatchLoop(input, now);
  }
}
