import type { ChunkTicket, RowResult } from "@caselink/ledger";
import pLimit from "p-limit";
import { ConcurrencyLimit } from "../../src/rate/concurrency-limit.ts";
import { RejectionClassifier } from "../../src/batch/rejection-classifier.ts";
import { Canary } from "../../src/batch/canary.ts";
import { CredentialsGate } from "../../src/process/credentials-gate.ts";
import { readLagOf } from "../../src/chunk/read-lag.ts";
import { LeaseLostError } from "../../src/chunk/lane-lease.ts";
import { workChunk } from "../../src/chunk/work-chunk.ts";
import type { BatchInput, ChunkResult, ChunkTask } from "../../src/workflow/contracts.ts";
import { BatchState } from "../../src/workflow/batch-state.ts";
import { READ_LAG_MS } from "../../src/workflow/read-lag.ts";
import { LaneLoop } from "../../src/workflow/lane-loop.ts";
import { ModelLedger } from "./model-ledger.ts";
import { ModelProcess } from "./model-process.ts";
import { ModelServer } from "./model-server.ts";
import { seededRandom } from "./random.ts";
import type { Schedule, ScheduledRow } from "./schedule.ts";
import { VirtualClock } from "./virtual-clock.ts";

const REQUEST_LIMIT_MS = 15_000;
/** The time in which Temporal notices a missing heartbeat and starts the next attempt. */
const NOTICED_AFTER_MS = 15_000;
const GIVE_UP_MS = 24 * 3_600_000;
const LANE = "a";

export interface History {
  schedule: Schedule;
  server: ModelServer;
  /** Results by batch, one for each row. */
  results: Map<string, RowResult[]>;
  endedAtMs: number;
}

/** A defect of the engine that the checker has to detect. */
export type Mutant =
  | "writes without verifying its lease"
  | "takes a new snapshot while a write is ambiguous"
  | "works a ticket that another batch has left ambiguous"
  | "ignores read lag"
  | "writes before its snapshot is stored";

/** Runs the engine over a modelled API, ledger and clock: the real lane loop, chunk logic and batch state, without Temporal between them. */
export async function runSchedule(schedule: Schedule, mutant?: Mutant): Promise<History> {
  const clock = new VirtualClock();
  const server = new ModelServer(clock, schedule);
  const ledger = new ModelLedger(clock, schedule);
  const random = seededRandom(schedule.seed + 1);
  const states = new Map<string, BatchState>();
  /** Kept over attempts: a worker that restarts every few seconds would know no other ticket. */
  const classifiers = new Map<string, RejectionClassifier>();
  /** Kept over attempts, as in the API's profile. */
  const readLag = readLagOf(schedule.readLagMs);
  let attempts = 0;
  /** The modelled API behaves as documented: an engine that reports misbehaviour is wrong. */
  let misbehaviour: string | undefined;

  const lane = new LaneLoop({
    lane: LANE,
    now: clock.now,
    work: runTurn,
    failureOf: String,
    sleep: clock.sleep,
    report: async (batchId, report) => {
      states.get(batchId)?.report(report, clock.now());
      if (report.waitReason?.kind === "behaviour") misbehaviour ??= report.waitReason.reason;
      return true;
    },
    readLagMs: mutant === "ignores read lag" ? 0 : READ_LAG_MS,
  });

  schedule.batches.forEach(({ kind, rows }, at) => {
    const batchId = `batch-${at}`;
    const tickets = chunkOf(rows);
    ledger.chunks.set(`${batchId}/${LANE}-00000`, tickets);
    classifiers.set(batchId, new RejectionClassifier(tickets.length));
    const input: BatchInput = {
      batchId,
      kind,
      endpointKey: "api",
      chunks: { [LANE]: 1 },
      rows: rows.length,
      tickets: rows.length,
      giveUpAfterMs: GIVE_UP_MS,
    };
    states.set(batchId, new BatchState(input, 0));
  });

  await clock.run(workLane());
  const results = new Map(
    schedule.batches.map((_, at) => [`batch-${at}`, ledger.resultsOf(`batch-${at}`, `${LANE}-00000`)]),
  );
  return { schedule, server, results, endedAtMs: clock.now() };

  /** Steps of the lane's loop, between which the batches send their orders. */
  async function workLane(): Promise<void> {
    for (;;) {
      for (const state of states.values()) {
        state.startDue(clock.now());
        for (const { order } of state.takeOrders(clock.now())) lane.queue.take({ ...order, run: "run-1" });
      }
      const step = await lane.step();
      if (misbehaviour !== undefined) throw new Error(misbehaviour);
      if (step !== "idle") continue;
      if ([...states.values()].every(({ isDone }) => isDone)) return;
      const due = [lane.queue, ...states.values()].flatMap(
        (each) => ("nextAt" in each ? each.nextAt : each.nextDueAt) ?? [],
      );
      await clock.sleep(Math.max(1, Math.min(...due) - clock.now()));
    }
  }

  /**
   * Attempts of one activity, as Temporal starts them: another one if the last one sent no heartbeat for a while. The
   * failure of the third attempt reaches the lane, and so does a lost lease.
   */
  async function runTurn(task: ChunkTask): Promise<ChunkResult> {
    for (let number = 1; ; number++) {
      const attempt = attempts++;
      const process = new ModelProcess(clock);
      const stop = new AbortController();
      const work = runAttempt(task, attempt, process, stop.signal).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
      const lost = loseContact(attempt, process);
      void stopAsPlanned(attempt, stop);
      const end = await Promise.race([work, lost]);
      if (end && "result" in end) return end.result;
      if (end && (end.error instanceof LeaseLostError || number >= 3)) throw end.error;
      // The attempt failed, or sent no heartbeat. The next one starts, next to the other if that still runs.
      await clock.sleep(5_000);
    }
  }

  async function stopAsPlanned(attempt: number, stop: AbortController): Promise<void> {
    const fault = schedule.faults.find((other) => other.kind === "stop" && other.attempt === attempt);
    if (fault?.kind !== "stop") return;
    await clock.sleep(fault.afterMs);
    server.story.push(`${clock.now()} ms  attempt ${attempt}: stopped`);
    stop.abort();
  }

  function runAttempt(
    task: ChunkTask,
    attempt: number,
    process: ModelProcess,
    stop: AbortSignal,
  ): Promise<ChunkResult> {
    return workChunk(task, {
      api: {
        endpoint: "http://model",
        requestLimitMs: REQUEST_LIMIT_MS,
        connect: (beforeWrite) => {
          const isBlind = mutant === "writes without verifying its lease";
          const before = isBlind ? async (): Promise<void> => undefined : beforeWrite;
          return process.use(server.open(task.batchId, REQUEST_LIMIT_MS, before));
        },
      },
      ledger: ledgerFor(process),
      lease: {
        lane: LANE,
        holder: { token: `attempt-${attempt}`, host: "model", pid: attempt },
        hasExited: () => false,
      },
      // Each attempt is a process of its own.
      canary: new Canary(),
      credentials: new CredentialsGate(clock.now),
      classifier: classifiers.get(task.batchId) as RejectionClassifier,
      overLimit: schedule.overLimit,
      withRequestSlot: pLimit(4),
      concurrencyLimit: new ConcurrencyLimit(),
      stop,
      now: clock.now,
      random,
      readLag,
      sleep: async (milliseconds, signal) => {
        await process.awake();
        await Promise.race([clock.sleep(milliseconds), ...(signal ? [abortOf(signal)] : [])]);
        await process.awake();
      },
    });
  }

  /** The ledger as the process sees it, with the mutant's defect. */
  function ledgerFor(process: ModelProcess): ModelLedger {
    const real = process.use(ledger);
    const defects: Partial<Record<Mutant, Partial<ModelLedger>>> = {
      // It reports that a snapshot is stored long before it is.
      "writes before its snapshot is stored": {
        writeSnapshot: async (...written) => {
          const stored = clock.sleep(500).then(() => real.writeSnapshot(...written));
          stored.catch(() => undefined);
          return (written[3] ?? 0) + 1;
        },
      },
      "takes a new snapshot while a write is ambiguous": {
        newestSnapshot: async (...asked) => ({ ...(await real.newestSnapshot(...asked)), lines: [] }),
      },
      "works a ticket that another batch has left ambiguous": {
        newestLease: async (name) => {
          const lease = await real.newestLease(name);
          return lease && { ...lease, doubts: [] };
        },
      },
    };
    return Object.assign(Object.create(real) as ModelLedger, mutant && defects[mutant]);
  }

  /** Kills or stalls the attempt as scheduled; resolves when Temporal would have noticed. */
  async function loseContact(attempt: number, process: ModelProcess): Promise<undefined> {
    for (const fault of schedule.faults) {
      if (fault.kind !== "kill" && fault.kind !== "stall") continue;
      if (fault.attempt !== attempt) continue;
      await clock.sleep(fault.afterMs);
      server.story.push(
        `${clock.now()} ms  attempt ${attempt}: ${fault.kind}${fault.kind === "stall" ? ` for ${fault.forMs} ms` : ""}`,
      );
      if (fault.kind === "kill") process.kill();
      else process.stall(fault.forMs);
      if (fault.kind === "kill" || fault.forMs > NOTICED_AFTER_MS) {
        await clock.sleep(NOTICED_AFTER_MS);
        return undefined;
      }
    }
    return new Promise<never>(() => undefined);
  }
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}

function chunkOf(rows: readonly ScheduledRow[]): ChunkTicket[] {
  const tickets = new Map<string, ChunkTicket>();
  rows.forEach(({ ticket, ...row }, at) => {
    const known = tickets.get(ticket) ?? { ticket, group: "g", rows: [] };
    known.rows.push({ row: at + 1, ...row });
    tickets.set(ticket, known);
  });
  return [...tickets.values()];
}
