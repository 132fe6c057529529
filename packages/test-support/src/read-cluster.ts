import type { Client } from "@temporalio/client";
import { visibleTexts } from "./visible-texts.ts";

/** All that a cluster shows of the workflows that a query finds, and of their earlier runs: lists, descriptions, histories. */
export async function readCluster({ connection, options }: Client, query: string): Promise<string> {
  const { namespace } = options;
  const { workflowService } = connection;
  const texts: string[] = [];
  const listed = await workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1_000 });
  texts.push(visibleTexts(listed));
  for (const { execution = null } of listed.executions ?? []) {
    texts.push(visibleTexts(await workflowService.describeWorkflowExecution({ namespace, execution })));
    let nextPageToken = new Uint8Array();
    do {
      const page = await workflowService.getWorkflowExecutionHistory({ namespace, execution, nextPageToken });
      texts.push(visibleTexts(page.history));
      nextPageToken = Uint8Array.from(page.nextPageToken ?? []);
    } while (nextPageToken.length > 0);
  }
  return texts.join("\n");
}
