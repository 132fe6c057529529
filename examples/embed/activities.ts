import type { BatchSummary, Ledger } from "@caselink/ledger";
import type { BatchClient } from "@caselink/workflows";
import { activityInfo, ApplicationFailure, heartbeat } from "@temporalio/activity";

export interface Dependencies {
  ledger: Ledger;
  batches: BatchClient;
  endpoint: string;
  account: string | undefined;
}

export type Activities = ReturnType<typeof createActivities>;

export function createActivities({ ledger, batches, endpoint, account }: Dependencies) {
  return {
    /** Runs a file as a batch, and waits for its end. */
    async associate(file: string): Promise<BatchSummary> {
      // With the id of the workflow, another attempt of this activity follows the batch that the first one started.
      const id = activityInfo().workflowExecution?.workflowId ?? "";
      const plan = await ledger.plan({
        inputs: [{ path: file }],
        id,
        endpoint,
        ...(account !== undefined && { account }),
      });
      if (plan.errorCount > 0) {
        const [first] = plan.errors;
        await plan.discard();
        throw ApplicationFailure.nonRetryable(`${plan.errorCount} rows are invalid, the first: ${first?.reason}`);
      }
      const batch = await plan.commit();
      await batches.start(batch);
      const beat = setInterval(() => heartbeat(), 10_000);
      try {
        return await batches.summary(batch.id);
      } finally {
        clearInterval(beat);
      }
    },
  };
}
