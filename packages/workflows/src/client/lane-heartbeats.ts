import type { Client, WorkflowExecutionDescription } from "@temporalio/client";
import { WorkflowNotFoundError } from "@temporalio/client";
import type { ChunkHeartbeat } from "../workflow/contracts.ts";
import { decodePayload } from "./decode-payload.ts";
import { readHeartbeat } from "./other-versions.ts";

/** A heartbeat, and when the server got it, in milliseconds since 1970. */
type Heartbeat = ChunkHeartbeat & { at: number };

/** The last heartbeat of the chunk that a lane works; undefined if it works none. One request; needs no worker that runs. */
export async function lastHeartbeat(client: Client, workflowId: string): Promise<Heartbeat | undefined> {
  const description = await describeWorkflow(client, workflowId);
  // Of the lane's activities, only a chunk has heartbeats.
  const chunk = description?.raw.pendingActivities?.find((activity) => activity.heartbeatDetails?.payloads?.[0]);
  const payload = chunk?.heartbeatDetails?.payloads?.[0];
  if (!chunk || !payload) return undefined;
  // A worker may have encoded or encrypted them in a way that is not known here.
  const heartbeat = readHeartbeat(await decodePayload(payload, client).catch(() => undefined));
  return heartbeat && { ...heartbeat, at: Number(chunk.lastHeartbeatTime?.seconds ?? 0) * 1000 };
}

/** Undefined if Temporal does not know the workflow. Needs no worker that runs. */
export async function describeWorkflow(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
