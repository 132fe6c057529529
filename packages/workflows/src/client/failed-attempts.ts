import type { Client } from "@temporalio/client";

/** A batch or a lane that runs. */
export interface OpenWorkflow {
  workflowId: string;
  runId: string;
  isLane: boolean;
}

/** Of Temporal's API: a message came while the workflow was about to end, which handles that first. */
const UNHANDLED_COMMAND = 1;
/** Between failures in a row may be the messages of all lanes. */
const LAST_EVENTS = 200;

/**
 * How often in a row workers have failed to complete the next task of a workflow, or have let it time out.
 *
 * Temporal counts attempts at a task, and begins again with the next message that comes. Of each such series only the first
 * failure is in the history, so that the result can be too low, and is never too high.
 */
export async function failedAttempts(
  { workflowService, options }: Client,
  { workflowId, runId }: Pick<OpenWorkflow, "workflowId" | "runId">,
): Promise<number> {
  const request = { namespace: options.namespace, execution: { workflowId, runId } };
  const { pendingWorkflowTask } = await workflowService.describeWorkflowExecution(request);
  if (!pendingWorkflowTask) return 0;
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    ...request,
    maximumPageSize: LAST_EVENTS,
  });
  let failures = 0;
  for (const event of history?.events ?? []) {
    if (event.workflowTaskCompletedEventAttributes) break;
    const cause: number | undefined = event.workflowTaskFailedEventAttributes?.cause ?? undefined;
    if (event.workflowTaskTimedOutEventAttributes || (cause !== undefined && cause !== UNHANDLED_COMMAND)) failures++;
  }
  // The first failure of the present series is in the history.
  return failures + Math.max(0, (pendingWorkflowTask.attempt ?? 1) - 2);
}
