import { chunkIds, type BatchRecord, type Ledger } from "@caselink/ledger";
import type { SimulatorConfig } from "@caselink/simulator";
import { expect } from "vitest";
import { ConcurrencyLimit } from "../../src/rate/concurrency-limit.ts";
import { RejectionClassifier } from "../../src/batch/rejection-classifier.ts";
import { Canary } from "../../src/batch/canary.ts";
import type { ChunkDependencies } from "../../src/chunk/chunk-dependencies.ts";
import { workChunk } from "../../src/chunk/work-chunk.ts";
import type { ChunkResult } from "../../src/workflow/contracts.ts";
import { NO_VIOLATIONS } from "@caselink/test-support";
import { queueOfOne } from "./request-queues.ts";
import { openEngineHarness, type Row, type EngineHarness } from "./engine-harness.ts";

let attempts = 0;

/** Works every chunk of a batch for one turn, without waits between tries. */
export async function workAll(
  harness: EngineHarness,
  record: BatchRecord,
  options: WorkOptions = {},
): Promise<ChunkResult[]> {
  const results: ChunkResult[] = [];
  const canary = new Canary();
  const classifier = new RejectionClassifier(record.counts.tickets_to_send);
  for (const id of chunkIds(record)) {
    const [lane, index] = id.split("-") as [string, string];
    const task = {
      batchId: record.id,
      kind: record.kind,
      lane,
      index: Number(index),
      resumes: 0,
      turn: 1,
      budgetMs: 60_000,
      isLast: false,
    };
    results.push(
      await workChunk(
        { ...task, ...options.task },
        {
          api: harness.connector,
          lease: {
            lane,
            holder: { token: `attempt-${++attempts}`, host: "test", pid: 1 },
            hasExited: () => false,
          },
          ledger: options.ledger ?? harness.ledger,
          canary,
          classifier,
          overLimit: record.options.over_limit,
          requests: queueOfOne(),
          concurrencyLimit: new ConcurrencyLimit(),
          stop: new AbortController().signal,
          now: Date.now,
          random: Math.random,
          sleep: async () => undefined,
          ...options.dependencies,
        },
      ),
    );
  }
  return results;
}

interface WorkOptions {
  ledger?: Ledger;
  task?: { budgetMs?: number; isLast?: boolean; isShared?: true };
  dependencies?: Partial<ChunkDependencies>;
}

/** Works rows for one turn; returns their outcomes. */
export async function outcomesOf(
  config: SimulatorConfig,
  rows: Row[],
  prepare?: (harness: EngineHarness) => void,
): Promise<[string[], EngineHarness["simulator"]]> {
  await using harness = await openEngineHarness(config);
  const record = await harness.plan(rows);
  prepare?.(harness);
  await workAll(harness, record);
  expect(harness.simulator.violations()).toEqual(NO_VIOLATIONS);
  return [await harness.outcomes(record.id), harness.simulator];
}

export const sum = (results: ChunkResult[], what: "deferred" | "retryable" | "ambiguous"): number =>
  results.reduce((total, result) => total + result[what], 0);
