import { createRateLimiter, type RateLimiter } from "@caselink/sdk";
import { readLagOf } from "../../src/chunk/read-lag.ts";
import { OutageDetector } from "../../src/process/outage-detector.ts";
import type { BatchState } from "../../src/workflow/batch-state.ts";
import { Messages } from "./messages.ts";
import type { ModelBatch } from "./model-batch.ts";
import { ModelLanes } from "./model-lane.ts";
import { ModelLedger } from "./model-ledger.ts";
import type { ModelProcess } from "./model-process.ts";
import { ModelServer } from "./model-server.ts";
import { mutatedBy, type Mutant, type Mutated } from "./mutants.ts";
import { seededRandom } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import { TerminatedBatches } from "./terminated-batches.ts";
import { VirtualClock } from "./virtual-clock.ts";

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
  readonly lanes: ModelLanes;
  readonly batches = new Map<string, ModelBatch>();
  readonly terminated: TerminatedBatches;
  /** Kept over attempts, as in the API's profile. */
  readonly readLag: ReturnType<typeof readLagOf>;
  /** Kept over attempts: a process learns what the server's limits are. */
  readonly limiter: RateLimiter | undefined;
  /** Kept over attempts, until a process dies: what it had in flight would have no result. */
  outages: OutageDetector;
  attempts = 0;
  /** The API's profile says that it is symmetric. */
  knowsSymmetry: boolean;

  constructor(schedule: Schedule, mutant?: Mutant) {
    this.schedule = schedule;
    this.mutant = mutant;
    this.random = seededRandom(schedule.seed + 1);
    this.mutated = mutatedBy(mutant, this.clock);
    this.server = new ModelServer(this.clock, schedule);
    this.ledger = new ModelLedger(this.clock, schedule, mutant);
    this.messages = new Messages(this.clock, this.random, schedule);
    this.lanes = new ModelLanes(this);
    this.terminated = new TerminatedBatches(
      (batchId) => this.batches.get(batchId)?.isRunning ?? false,
      this.server.violations,
    );
    this.readLag = this.mutated.readLag(readLagOf(schedule.readLagMs));
    const { now, sleep } = this.clock;
    this.limiter = schedule.server.rates && createRateLimiter({ now, sleep });
    this.outages = new OutageDetector(this.clock);
    this.knowsSymmetry = schedule.isSymmetryKnown ?? false;
  }

  /** The next attempts are in a new process. */
  kill(process: ModelProcess): void {
    process.kill();
    this.outages = new OutageDetector(this.clock);
  }

  /** A message of the lane to a batch. False: the batch takes none. */
  signal(batchId: string, take: (state: BatchState) => void): boolean {
    const isThere = this.batches.get(batchId)?.receive(take) ?? false;
    return isThere || this.mutant === "keeps working for a batch that was terminated";
  }
}
