import type { Client } from "@temporalio/client";
import { needsOperator } from "../workflow/needs-operator.ts";
import { BATCH_WORKFLOW, PROGRESS_QUERY, type BatchProgress } from "../workflow/contracts.ts";
import { runningOn } from "../workflow/task-queues.ts";
import type { OpenBatches, OpenBatchState } from "./engine-metrics.ts";

/** Batches that are asked for their state; the others count as unknown. */
const MOST_BATCHES = 200;
const AT_THE_SAME_TIME = 4;
const QUERY_LIMIT_MS = 10_000;

/**
 * Counts the open batches of a task queue by state and reason. Temporal lists them, and each is asked: a batch that is blocked
 * does nothing by which a worker that started later would learn of it.
 */
export async function readOpenBatches(client: Client, taskQueue: string): Promise<OpenBatches[]> {
  const query = `WorkflowType = '${BATCH_WORKFLOW}' AND ${runningOn(taskQueue)}`;
  const counts = new Map<string, OpenBatches>();
  const add = ({ state, reason }: Omit<OpenBatches, "count">): void => {
    const key = `${state} ${reason ?? ""}`;
    counts.set(key, { state, reason, count: (counts.get(key)?.count ?? 0) + 1 });
  };
  let asked = 0;
  const listed = client.workflow.list({ query })[Symbol.asyncIterator]();
  async function askNext(): Promise<void> {
    for (let next = await listed.next(); !next.done; next = await listed.next())
      add(asked++ < MOST_BATCHES ? await ask(client, next.value) : UNKNOWN);
  }
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, askNext));
  return [...counts.values()];
}

const UNKNOWN: Omit<OpenBatches, "count"> = { state: "unknown", reason: undefined };

async function ask(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<Omit<OpenBatches, "count">> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId);
    const deadline = Date.now() + QUERY_LIMIT_MS;
    return stateOf(await client.withDeadline(deadline, () => handle.query<BatchProgress>(PROGRESS_QUERY)));
  } catch {
    return UNKNOWN;
  }
}

/** The reason for which a batch waited before it was paused is left out. */
export function stateOf({
  phase,
  waitReason,
}: Pick<BatchProgress, "phase" | "waitReason">): Omit<OpenBatches, "count"> {
  const reason = waitReason?.hasNoWorker ? "no-worker" : waitReason?.kind;
  if (phase === "completed" || phase === "cancelled") return { state: "finishing", reason: undefined };
  const isRunning = phase === "running" || phase === "blocked";
  if (!isRunning) return { state: phase, reason: undefined };
  const isBlocked = phase === "blocked" || needsOperator(waitReason);
  const state: OpenBatchState = isBlocked ? "blocked" : reason === undefined ? "running" : "waiting";
  return { state, reason };
}
