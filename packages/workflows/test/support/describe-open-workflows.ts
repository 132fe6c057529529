import type { Client } from "@temporalio/client";

const LAST_EVENTS = 8;

/**
 * Returns a line for each open workflow, with what it waits for. A test that failed prints them: often one stands still.
 *
 * @param which a condition of Temporal's visibility queries
 */
export async function describeOpenWorkflows({ workflow }: Client, which: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { workflowId } of workflow.list({ query: `${which} AND ExecutionStatus = 'Running'` })) {
    const handle = workflow.getHandle(workflowId);
    const [{ raw }, { events }] = await Promise.all([handle.describe(), handle.fetchHistory()]);
    const activities = raw.pendingActivities?.map(
      ({ activityType, attempt, state, lastFailure }) =>
        `${activityType?.name} attempt ${attempt}, state ${state}, ${lastFailure?.message ?? ""}`,
    );
    const task = raw.pendingWorkflowTask && `workflow task attempt ${raw.pendingWorkflowTask.attempt}`;
    const failed = events?.findLast(({ workflowTaskFailedEventAttributes: failure }) => failure);
    const failure = failed?.workflowTaskFailedEventAttributes?.failure?.message;
    const last = events?.slice(-LAST_EVENTS).map(({ eventType }) => eventType);
    lines.push(
      `${workflowId}: ${[...(activities ?? []), task ?? "no workflow task"].join(", ")}; types of the last events ${last?.join(",")}; last failure of a task: ${failure ?? "none"}`,
    );
  }
  return lines;
}
