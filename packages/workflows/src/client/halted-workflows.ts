import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from "@temporalio/client";
import { BATCH_WORKFLOW, LANE_WORKFLOW, type BatchInput } from "../workflow/contracts.ts";
import { batchSearchAttributes } from "../workflow/search-attributes.ts";
import { readRun } from "./carried-state.ts";
import { failedAttempts, type OpenWorkflow } from "./failed-attempts.ts";
import { codeOf } from "./outlast-failures.ts";
import { phaseOf, replacementOf } from "./replacement.ts";

/** After so many failed attempts at a task in a row a workflow is halted: half a minute. */
const HALTED = 3;
/** A run that replaced a halted one gets more attempts, after pauses that grow up to 10 min: a further run may not help. */
const MORE_ATTEMPTS = 2;
const MOST_ATTEMPTS = 12;
const AT_THE_SAME_TIME = 4;
const PAGE = 1_000;
/** Of gRPC: the workflow has ended and was deleted. */
const NOT_FOUND = 5;

export interface HaltedOptions {
  client: Client;
  /** The task queue of the workflows. */
  taskQueue: string;
  onReplaced: (run: OpenWorkflow & { failures: number }) => void;
  onFailure: (error: unknown, run?: OpenWorkflow) => void;
}

interface Seen {
  /** Failed attempts when this process saw the run first. */
  first: number;
  /** The run is replaced after so many. */
  needed: number;
}

/**
 * The batches and lanes of a task queue whose next task no worker completes, for example because their history cannot be replayed:
 * lets them go on in new runs.
 */
export class HaltedWorkflows {
  readonly #options: HaltedOptions;
  /** By run id: the runs whose last attempt has failed. */
  #seen = new Map<string, Seen>();

  constructor(options: HaltedOptions) {
    this.#options = options;
  }

  /**
   * Looks for halted workflows, and replaces their runs: two requests, and two for each workflow that has a task. A run is
   * replaced when a further attempt has failed since this process saw it first: the process may just have brought the worker that
   * completes it.
   */
  async look(): Promise<void> {
    const { client, onFailure } = this.#options;
    const halted: (OpenWorkflow & { failures: number })[] = [];
    const seen = new Map<string, Seen>();
    const open = this.#listOpen();
    const check = async (): Promise<void> => {
      for (let next = await open.next(); !next.done; next = await open.next()) {
        const failures = await failedAttempts(client, next.value, MOST_ATTEMPTS).catch((error: unknown) => {
          if (codeOf(error) !== NOT_FOUND) onFailure(error, next.value);
        });
        if (!failures) continue;
        const known = this.#seen.get(next.value.runId) ?? { first: failures, needed: HALTED };
        seen.set(next.value.runId, known);
        if (failures >= known.needed && failures > known.first) halted.push({ ...next.value, failures });
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, check));
    } catch (error) {
      return onFailure(error);
    }
    this.#seen = seen;
    for (const run of halted) await this.#replace(run).catch((error: unknown) => onFailure(error, run));
  }

  /** Its memos stay as they are: a worker may not be able to decrypt them all. */
  async *#listOpen(): AsyncGenerator<OpenWorkflow, void> {
    const { client, taskQueue } = this.#options;
    const { namespace } = client.options;
    const query = `WorkflowType IN ('${BATCH_WORKFLOW}', '${LANE_WORKFLOW}') AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}'`;
    let nextPageToken: Uint8Array | null | undefined;
    do {
      const request = { namespace, query, pageSize: PAGE, ...(nextPageToken && { nextPageToken }) };
      const page = await client.workflowService.listWorkflowExecutions(request);
      for (const { execution, type } of page.executions ?? []) {
        const { workflowId, runId } = execution ?? {};
        if (workflowId && runId) yield { workflowId, runId, isLane: type?.name === LANE_WORKFLOW };
      }
      ({ nextPageToken } = page);
    } while (nextPageToken && nextPageToken.length > 0);
  }

  async #replace(run: OpenWorkflow & { failures: number }): Promise<void> {
    const { onReplaced } = this.#options;
    try {
      const isReplaced = run.isLane ? await this.#terminate(run) : await this.#replaceBatch(run);
      if (isReplaced) onReplaced(run);
    } catch (error) {
      // It has ended meanwhile.
      if (!(error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError))
        throw error;
    }
  }

  /** Starts the batch again, on its ledger and with what operators wanted last. False if it is to have more attempts first. */
  async #replaceBatch({ workflowId, runId, failures }: OpenWorkflow & { failures: number }): Promise<boolean> {
    const { client, taskQueue } = this.#options;
    const run = client.workflow.getHandle(workflowId, runId);
    const { input, carried } = await readRun(client, run);
    const needed = neededOf(input);
    const seen = this.#seen.get(runId);
    if (seen) seen.needed = needed;
    if (failures < needed) return false;
    const found = await run.describe();
    const summary = await found.staticSummary();
    if (!(await this.#isStillHalted({ workflowId, runId }, needed))) return false;
    await client.workflow.start(BATCH_WORKFLOW, {
      workflowId,
      taskQueue,
      args: [replacementOf(input, carried)],
      ...(found.memo && { memo: found.memo }),
      ...(summary !== undefined && { staticSummary: summary }),
      ...(input.isSearchable && { typedSearchAttributes: batchSearchAttributes(input, phaseOf(carried)) }),
      // A batch that has ended meanwhile does not start again.
      workflowIdReusePolicy: "ALLOW_DUPLICATE_FAILED_ONLY",
      workflowIdConflictPolicy: "TERMINATE_EXISTING",
    });
    return true;
  }

  async #terminate({ workflowId, runId, failures }: OpenWorkflow & { failures: number }): Promise<boolean> {
    if (!(await this.#isStillHalted({ workflowId, runId }, HALTED))) return false;
    const run = this.#options.client.workflow.getHandle(workflowId, runId);
    await run.terminate(`caselink: no worker has completed its task in ${failures} attempts`);
    return true;
  }

  /** Meanwhile a worker may have completed the task, for a batch with an operator's action, or another one replaced the run. */
  async #isStillHalted(run: Pick<OpenWorkflow, "workflowId" | "runId">, needed: number): Promise<boolean> {
    return (await failedAttempts(this.#options.client, run, needed)) >= needed;
  }
}

function neededOf({ replacedRuns = 0 }: BatchInput): number {
  return Math.min(MOST_ATTEMPTS, HALTED + MORE_ATTEMPTS * replacedRuns);
}
