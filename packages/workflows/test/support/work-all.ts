import { chunkIds, type BatchRecord, type Ledger } from "@caselink/ledger";
import type { SimulatorConfig } from "@caselink/simulator";
import { expect } from "vitest";
import { Admission } from "../../src/chunk/admission.ts";
import { Canary } from "../../src/chunk/canary.ts";
import { workChunk, type ChunkDependencies } from "../../src/chunk/work-chunk.ts";
import type { ChunkResult } from "../../src/contracts.ts";
import { NO_VIOLATIONS } from "@caselink/test-support";
import { openWorld, type Row, type World } from "./world.ts";

let turns = 0;
let attempts = 0;

/** Names a turn that several calls belong to. */
export const nextTurn = (): number => ++turns;

/** Works every chunk of a batch for one turn, without waiting between tries. */
export async function workAll(world: World, record: BatchRecord, options: WorkOptions = {}): Promise<ChunkResult[]> {
  const turn = options.turn ?? nextTurn();
  const results: ChunkResult[] = [];
  const canary = new Canary();
  const admission = new Admission(record.counts.tickets_to_send);
  for (const id of chunkIds(record)) {
    const [lane, index] = id.split("-") as [string, string];
    const task = {
      batchId: record.id,
      kind: record.kind,
      lane,
      index: Number(index),
      canaryRound: 0,
      call: 0,
      turn,
      budgetMs: 60_000,
      isLast: false,
    };
    results.push(
      await workChunk(
        { ...task, ...options.task },
        {
          api: world.connector,
          hold: {
            lane,
            holder: { token: `attempt-${++attempts}`, order: [turn, 0, attempts], host: "test", pid: 1 },
            isGone: () => false,
          },
          ledger: options.ledger ?? world.ledger,
          canary,
          admission,
          overLimit: record.options.over_limit,
          limit: (work) => work(),
          window: { tickets: 0 },
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
  turn?: number;
  ledger?: Ledger;
  task?: { budgetMs?: number; isLast?: boolean };
  dependencies?: Partial<ChunkDependencies>;
}

/** Works rows to their end for a turn; returns their outcomes. */
export async function outcomesOf(
  config: SimulatorConfig,
  rows: Row[],
  prepare?: (world: World) => void,
): Promise<[string[], World["simulator"]]> {
  await using world = await openWorld(config);
  const record = await world.plan(rows);
  prepare?.(world);
  await workAll(world, record);
  expect(world.simulator.violations()).toEqual(NO_VIOLATIONS);
  return [await world.outcomes(record.id), world.simulator];
}

export const sum = (results: ChunkResult[], what: "remaining" | "unsettled" | "ambiguous"): number =>
  results.reduce((total, result) => total + result[what], 0);
