import type { RejectionClassifier } from "../../src/batch/rejection-classifier.ts";
import { readLagOf } from "../../src/chunk/read-lag.ts";
import type { BatchState } from "../../src/workflow/batch-state.ts";
import { SHARED_LANE } from "../../src/workflow/contracts.ts";
import { Messages } from "./messages.ts";
import type { ModelBatch } from "./model-batch.ts";
import { ModelLane } from "./model-lane.ts";
import { ModelLedger } from "./model-ledger.ts";
import { ModelServer } from "./model-server.ts";
import { mutatedBy, type Mutant, type Mutated } from "./mutants.ts";
import { seededRandom } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import { TerminatedBatches } from "./terminated-batches.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const LANE = "a";

/** Everything that a run of the simulation consists of. */
export class World {
  readonly clock = new VirtualClock();
  readonly schedule: Schedule;
  readonly mutant: Mutant | undefined;
  readonly mutated: Mutated;
  readonly random: () => number;
  readonly server: ModelServer;
  readonly ledger: ModelLedger;
  readonly messages: Messages;
  readonly lane: ModelLane;
  /** Only a batch that was started again asks it: an earlier run may have moved. */
  readonly sharedLane: ModelLane;
  readonly batches = new Map<string, ModelBatch>();
  readonly terminated: TerminatedBatches;
  readonly classifiers = new Map<string, RejectionClassifier>();
  /** Kept over attempts, as in the API's profile. */
  readonly readLag: ReturnType<typeof readLagOf>;
  attempts = 0;

  constructor(schedule: Schedule, mutant?: Mutant) {
    this.schedule = schedule;
    this.mutant = mutant;
    this.random = seededRandom(schedule.seed + 1);
    this.mutated = mutatedBy(mutant, this.clock);
    this.server = new ModelServer(this.clock, schedule);
    this.ledger = new ModelLedger(this.clock, schedule, mutant);
    this.messages = new Messages(this.clock, this.random, schedule);
    this.lane = new ModelLane(this, LANE);
    this.sharedLane = new ModelLane(this, SHARED_LANE);
    this.terminated = new TerminatedBatches(
      (batchId) => this.batches.get(batchId)?.isRunning ?? false,
      this.server.violations,
    );
    this.readLag = readLagOf(schedule.readLagMs);
  }

  readonly ticketsOf = (batchId: string): number => this.ledger.ticketsOf(batchId);

  /** A message of the lane to a batch. False: the batch takes none. */
  signal(batchId: string, take: (state: BatchState) => void): boolean {
    const isThere = this.batches.get(batchId)?.receive(take) ?? false;
    return isThere || this.mutant === "keeps working for a batch that was terminated";
  }
}
