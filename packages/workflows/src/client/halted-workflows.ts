import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from "@temporalio/client";
import {
  BATCH_WORKFLOW,
  LANE_WORKFLOW,
  type BatchInput,
  type BatchPhase,
  type CarriedState,
} from "../workflow/contracts.ts";
import { batchSearchAttributes } from "../workflow/search-attributes.ts";
import { readRun } from "./carried-state.ts";
import { describeWorkflow } from "./lane-heartbeats.ts";

/** A workflow is halted in its fourth attempt at one task: three have failed or timed out, within half a minute or more. */
const HALTED_ATTEMPT = 4;
/** A run that replaced a halted one gets more attempts, after pauses that grow up to 10 min: a further run may not help. */
const MORE_ATTEMPTS = 2;
const MOST_ATTEMPTS = 12;
const AT_THE_SAME_TIME = 4;

/** A batch or a lane whose task no worker completes, for example because its history cannot be replayed. */
export interface HaltedWorkflow {
  isLane: boolean;
  workflowId: string;
  runId: string;
  /** How often the task was given to a worker. */
  attempt: number;
  memo: Record<string, unknown> | undefined;
  summary: string | undefined;
}

/** Finds the batches and lanes of a task queue that are halted: one request, and one for each that is open. */
export async function findHalted(client: Client, taskQueue: string): Promise<HaltedWorkflow[]> {
  const query = `WorkflowType IN ('${BATCH_WORKFLOW}', '${LANE_WORKFLOW}') AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}'`;
  const listed = client.workflow.list({ query })[Symbol.asyncIterator]();
  const halted: HaltedWorkflow[] = [];
  async function describeNext(): Promise<void> {
    for (let next = await listed.next(); !next.done; next = await listed.next()) {
      const found = await describeWorkflow(client, next.value.workflowId);
      if (found && attemptOf(found) >= HALTED_ATTEMPT) halted.push(await haltedOf(found));
    }
  }
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, describeNext));
  return halted;
}

const attemptOf = ({ raw }: WorkflowExecutionDescription): number => raw.pendingWorkflowTask?.attempt ?? 0;

async function haltedOf(found: WorkflowExecutionDescription): Promise<HaltedWorkflow> {
  const { type, workflowId, runId, memo } = found;
  const isLane = type === LANE_WORKFLOW;
  return { isLane, workflowId, runId, attempt: attemptOf(found), memo, summary: await found.staticSummary() };
}

/**
 * Terminates a halted lane, which starts again with the next order of a batch, or replaces the run of a halted batch: the new one
 * goes on from the ledger, and with what operators wanted last. False if another process has done that, or if the run is to
 * have more attempts first.
 */
export async function replaceHalted(client: Client, taskQueue: string, halted: HaltedWorkflow): Promise<boolean> {
  try {
    return await (halted.isLane ? terminate(client, halted) : replaceBatch(client, taskQueue, halted));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

async function terminate(client: Client, { workflowId, runId, attempt }: HaltedWorkflow): Promise<true> {
  const run = client.workflow.getHandle(workflowId, runId);
  await run.terminate(`caselink: no worker has completed its task in ${attempt - 1} attempts`);
  return true;
}

async function replaceBatch(
  client: Client,
  taskQueue: string,
  { workflowId, runId, attempt, memo, summary }: HaltedWorkflow,
): Promise<boolean> {
  const { input, carried } = await readRun(client, client.workflow.getHandle(workflowId, runId));
  const { state: _state, replacedRuns = 0, ...planned } = input;
  if (attempt < Math.min(MOST_ATTEMPTS, HALTED_ATTEMPT + MORE_ATTEMPTS * replacedRuns)) return false;
  // Another worker may have replaced it while its history was read.
  if ((await describeWorkflow(client, workflowId))?.runId !== runId) return false;
  const again: BatchInput = { ...planned, isRestart: true, carried, replacedRuns: replacedRuns + 1 };
  await client.workflow.start(BATCH_WORKFLOW, {
    workflowId,
    taskQueue,
    args: [again],
    ...(memo && { memo }),
    ...(summary !== undefined && { staticSummary: summary }),
    ...(input.isSearchable && { typedSearchAttributes: batchSearchAttributes(input, phaseOf(carried)) }),
    // A batch that has ended meanwhile does not start again.
    workflowIdReusePolicy: "ALLOW_DUPLICATE_FAILED_ONLY",
    workflowIdConflictPolicy: "TERMINATE_EXISTING",
  });
  return true;
}

const phaseOf = ({ isCancelled, isPaused }: CarriedState): BatchPhase =>
  isCancelled ? "cancelling" : isPaused ? "paused" : "running";
