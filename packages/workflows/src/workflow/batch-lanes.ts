import { proxyActivities } from "@temporalio/workflow";
import type { BatchActivities } from "./activity-types.ts";
import type { LaneRanges } from "./batch-state.ts";
import type { BatchInput, LaneAddress, MaxRate } from "./contracts.ts";

const { offerToLanes, signalLanes } = proxyActivities<Pick<BatchActivities, "offerToLanes" | "signalLanes">>({
  startToCloseTimeout: "15 seconds",
  retry: { initialInterval: "1 second", maximumInterval: "1 minute" },
});

/** Sends a batch's messages to its lanes. */
export class BatchLanes {
  readonly #input: BatchInput;
  readonly #address: LaneAddress;

  constructor(input: BatchInput) {
    const { endpointKey, maxHistoryEvents } = input;
    this.#input = input;
    this.#address = { endpointKey, ...(maxHistoryEvents !== undefined && { maxHistoryEvents }) };
  }

  /** @param number counts up with each offer of the batch */
  async offer(lanes: LaneRanges[], number: number, maxRate: MaxRate | undefined): Promise<void> {
    const { batchId, kind, account, giveUpAfterMs } = this.#input;
    const common = { ...(maxRate !== undefined && { maxRate }), ...(account !== undefined && { account }) };
    const offers = lanes.map(({ lane, ranges }) => ({
      lane,
      offer: { batchId, kind, offer: number, ranges, giveUpAfterMs, ...common },
    }));
    await offerToLanes({ ...this.#address, offers });
  }

  async signal(lanes: string[], signal: "remove" | "pause" | "resume"): Promise<void> {
    await signalLanes({ ...this.#address, lanes, batch: { batchId: this.#input.batchId }, signal });
  }

  async setMaxRate(lanes: string[], maxRate: MaxRate): Promise<void> {
    await signalLanes({
      ...this.#address,
      lanes,
      signal: "setMaxRate",
      batch: { batchId: this.#input.batchId, maxRate },
    });
  }
}
