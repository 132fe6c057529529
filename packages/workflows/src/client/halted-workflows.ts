import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from "@temporalio/client";
import { BATCH_WORKFLOW, LANE_WORKFLOW, type BatchInput } from "../workflow/contracts.ts";
import { batchSearchAttributes } from "../workflow/search-attributes.ts";
import { runningOn } from "../workflow/task-queues.ts";
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

/** A batch or a lane whose task no worker completes. */
export interface HaltedWorkflow extends OpenWorkflow {
  /** Failed attempts at the task in a row. */
  failures: number;
}

export interface HaltedOptions {
  client: Client;
  /** The task queue of the workflows. */
  taskQueue: string;
  onReplaced: (run: HaltedWorkflow) => void;
  onFailure: (error: unknown, run?: OpenWorkflow) => void;
}

interface Seen {
  /** Failed attempts when this process saw the run first. */
  first: number;
  /** The run is replaced after so many. */
  needed: number;
}

/**
 * Finds the halted batches and lanes of a task queue, and lets them go on in new runs. No worker completes their next task, for
 * example because their history cannot be replayed.
 */
export class HaltedWorkflows {
  readonly #options: HaltedOptions;
  /** By run id: the runs whose last attempt has failed. */
  #seen = new Map<string, Seen>();

  constructor(options: HaltedOptions) {
    this.#options = options;
  }

  /**
   * Looks for halted workflows, and replaces their runs: a list request, one for each open workflow, and another one for each that
   * has a task. A run is replaced only if a further attempt has failed since this process first saw it, because its own worker may
   * be the one that completes the task.
   */
  async look(): Promise<void> {
    const { client, onFailure } = this.#options;
    const halted: HaltedWorkflow[] = [];
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

  /** Leaves the memos encrypted: this worker may lack the key of one. */
  async *#listOpen(): AsyncGenerator<OpenWorkflow, void> {
    const { client, taskQueue } = this.#options;
    const { namespace } = client.options;
    const query = `WorkflowType IN ('${BATCH_WORKFLOW}', '${LANE_WORKFLOW}') AND ${runningOn(taskQueue)}`;
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

  async #replace(run: HaltedWorkflow): Promise<void> {
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
  async #replaceBatch({ workflowId, runId, failures }: HaltedWorkflow): Promise<boolean> {
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

  async #terminate({ workflowId, runId, failures }: HaltedWorkflow): Promise<boolean> {
    if (!(await this.#isStillHalted({ workflowId, runId }, HALTED))) return false;
    const run = this.#options.client.workflow.getHandle(workflowId, runId);
    await run.terminate(`caselink: no worker has completed its task in ${failures} attempts`);
    return true;
  }

  /** False if a worker has completed the task meanwhile, perhaps with an operator's action, or another one has replaced the run. */
  async #isStillHalted(run: Pick<OpenWorkflow, "workflowId" | "runId">, needed: number): Promise<boolean> {
    return (await failedAttempts(this.#options.client, run, needed)) >= needed;
  }
}

function neededOf({ replacedRuns = 0 }: BatchInput): number {
  return Math.min(MOST_ATTEMPTS, HALTED + MORE_ATTEMPTS * replacedRuns);
}
