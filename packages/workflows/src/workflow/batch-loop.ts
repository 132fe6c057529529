import type { UnsentOrder } from "./activity-types.ts";
import type { BatchInput } from "./contracts.ts";
import { BatchState } from "./batch-state.ts";

/** The next step of a batch. After the last one only its summary is left to write. */
export type BatchStep =
  | {
      kind: "send";
      orders: { lane: string; order: UnsentOrder }[];
      /** An operator stops the turns in progress: the process that sends the orders need not wait for the lanes. */
      stopsTurns: boolean;
      /** An operator has resumed the batch, and its lanes have not heard of it. */
      isResumed: boolean;
    }
  /** `dueAt`: when the batch goes on without a message, in milliseconds since 1970; absent: never. */
  | { kind: "wait"; dueAt?: number }
  | { kind: "over" };

/** The batch's loop, step by step, for Temporal's workflow and for a simulation. No clock: workflow code. */
export class BatchLoop {
  readonly state: BatchState;
  #mustStopTurns = false;
  #isResumed = false;

  constructor(input: BatchInput, now: number) {
    this.state = new BatchState(input, now);
  }

  /** The turns in progress stop with the next orders. */
  stopTurns(): void {
    this.#mustStopTurns = true;
  }

  /** The workers learn of a resume with the next orders. */
  announceResume(): void {
    this.#isResumed = true;
  }

  /** @param runStartedAt when the workflow's run started, in milliseconds since 1970 */
  step(now: number, runStartedAt: number): BatchStep {
    const { state } = this;
    const mustEnd = state.isDone || state.data.isCancelled || this.#hasGivenUp(now);
    if (!state.data.isEnding && mustEnd) state.end(now);
    if (state.isOver) return { kind: "over" };
    state.startDue(now);
    const orders = state.takeOrders(now, runStartedAt);
    if (orders.length === 0) {
      const dueAt = state.nextDueAt;
      return { kind: "wait", ...(dueAt !== undefined && { dueAt }) };
    }
    const [stopsTurns, isResumed] = [this.#mustStopTurns, this.#isResumed];
    this.#mustStopTurns = this.#isResumed = false;
    return { kind: "send", orders, stopsTurns, isResumed };
  }

  #hasGivenUp(now: number): boolean {
    return now >= (this.state.givesUpAt ?? Number.POSITIVE_INFINITY);
  }
}
