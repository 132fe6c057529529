import type { Client } from "@temporalio/client";

/** A batch or a lane that runs. */
export interface OpenWorkflow {
  workflowId: string;
  runId: string;
  isLane: boolean;
}

/**
 * Of Temporal's API: causes of a failed task that are not the worker's. A message, an update or a pause came while the task ended; the
 * server moved the workflow; someone reset it.
 */
const NOT_THE_WORKERS: ReadonlySet<number> = new Set([1, 13, 17, 18, 20, 31, 39]);
/** Of Temporal's API: no worker took the task, because the last one is gone. */
const SCHEDULE_TO_START: number = 2;
const PAGE = 200;

/**
 * How often in a row workers have failed to complete the next task of a workflow, or have let it time out.
 *
 * Temporal counts attempts at a task, and begins again with the next message that comes. Of each such series only the first
 * failure is in the history, so that the result may be too low.
 *
 * @param enough more are not counted
 */
export async function failedAttempts(
  { workflowService, options }: Client,
  { workflowId, runId }: Pick<OpenWorkflow, "workflowId" | "runId">,
  enough: number,
): Promise<number> {
  const request = { namespace: options.namespace, execution: { workflowId, runId } };
  const { pendingWorkflowTask } = await workflowService.describeWorkflowExecution(request);
  if (!pendingWorkflowTask) return 0;
  // The first failure of the present series is in the history.
  let failures = Math.max(0, (pendingWorkflowTask.attempt ?? 1) - 2);
  let nextPageToken: Uint8Array | null | undefined;
  do {
    const page = await workflowService.getWorkflowExecutionHistoryReverse({
      ...request,
      maximumPageSize: PAGE,
      ...(nextPageToken && { nextPageToken }),
    });
    for (const event of page.history?.events ?? []) {
      if (event.workflowTaskCompletedEventAttributes) return failures;
      const { workflowTaskFailedEventAttributes: failed, workflowTaskTimedOutEventAttributes: timedOut } = event;
      const isLate = timedOut !== null && timedOut !== undefined && Number(timedOut.timeoutType) !== SCHEDULE_TO_START;
      if (isLate || (failed && !NOT_THE_WORKERS.has(Number(failed.cause)))) failures++;
    }
    ({ nextPageToken } = page);
  } while (failures < enough && nextPageToken && nextPageToken.length > 0);
  return failures;
}
