import { chunkIdOf, type ChunkRow, type LeaseRecord } from "@caselink/ledger";
import { Canary } from "../../src/batch/canary.ts";
import { RejectionClassifier } from "../../src/batch/rejection-classifier.ts";
import type { ChunkDependencies } from "../../src/chunk/chunk-dependencies.ts";
import { workChunk } from "../../src/chunk/work-chunk.ts";
import { OutageDetector } from "../../src/process/outage-detector.ts";
import { ConcurrencyLimit } from "../../src/rate/concurrency-limit.ts";
import type { ChunkResult, ChunkTask } from "../../src/workflow/contracts.ts";
import { VirtualClock } from "../simulation/virtual-clock.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { queueOfOne } from "./request-queues.ts";
import { ScriptedApi, type Fault } from "./scripted-api.ts";

export const REQUEST_LIMIT_MS = 15_000;
/** How long a request takes, in milliseconds. */
const REQUEST_MS = 10;

export type PlannedTickets = Readonly<Record<string, readonly (string | Omit<ChunkRow, "row">)[]>>;

/** Turns of chunks over a ledger and an API in memory, in virtual time. */
export class MemoryTurns {
  readonly clock = new VirtualClock();
  readonly ledger = new MemoryLedger();
  readonly api: ScriptedApi;
  readonly outages = new OutageDetector(this.clock);
  readonly stop = new AbortController();
  readonly dependencies: ChunkDependencies;
  #attempts = 0;

  constructor(
    tickets: Readonly<Record<string, readonly string[]>> = {},
    faultOf: (call: string, number: number) => Fault = () => undefined,
  ) {
    this.api = new ScriptedApi(tickets, async (...call) => {
      await this.clock.sleep(REQUEST_MS);
      return faultOf(...call);
    });
    this.dependencies = {
      api: {
        endpoint: "http://api",
        requestLimitMs: REQUEST_LIMIT_MS,
        outages: this.outages,
        connect: (beforeWrite) => {
          this.api.beforeWrite = beforeWrite;
          return this.api;
        },
      },
      ledger: this.ledger,
      lease: { lane: "api-a", holder: { token: "", host: "h", pid: 1 }, hasExited: () => false },
      overLimit: "refuse",
      canary: new Canary(),
      classifier: new RejectionClassifier(1),
      requests: queueOfOne(),
      concurrencyLimit: new ConcurrencyLimit(),
      stop: this.stop.signal,
      now: this.clock.now,
      random: () => 0.5,
      sleep: this.clock.sleep,
    };
  }

  /** Plans a chunk of lane a. Rows are numbered from 1 in each chunk. */
  plan(tickets: PlannedTickets, batchId = "b", index = 0): void {
    let row = 0;
    const chunk = Object.entries(tickets).map(([ticket, rows]) => ({
      ticket,
      group: "g",
      rows: rows.map((each) => ({ row: ++row, ...(typeof each === "string" ? { related: each } : each) })),
    }));
    this.ledger.chunks.set(`${batchId}/${chunkIdOf("a", index)}`, chunk);
  }

  /** Works one turn of a chunk; default: chunk 0 of batch b. */
  work(task: Partial<ChunkTask> = {}, dependencies: Partial<ChunkDependencies> = {}): Promise<ChunkResult> {
    const all = { ...this.dependencies, ...dependencies };
    const holder = { ...all.lease.holder, token: `attempt-${++this.#attempts}` };
    return this.clock.run(
      workChunk(
        {
          batchId: "b",
          kind: "create",
          lane: "a",
          index: 0,
          turn: 1,
          budgetMs: 10_000,
          resumes: 0,
          isLast: false,
          ...task,
        },
        { ...all, lease: { ...all.lease, holder } },
      ),
    );
  }

  get lease(): LeaseRecord | undefined {
    return this.ledger.leases.get("api-a");
  }

  /** The outcome of each row of a chunk that has a result, in order: `-` without an outcome. */
  outcomes(batchId = "b", index = 0): string[] {
    const { lines } = this.ledger.results.get(`${batchId}/${chunkIdOf("a", index)}`) ?? { lines: [] };
    return lines.toSorted((one, other) => one.row - other.row).map(({ outcome }) => outcome ?? "-");
  }
}
