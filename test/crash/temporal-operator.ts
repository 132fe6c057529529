import { setTimeout as pause } from "node:timers/promises";
import { Client, Connection, WorkflowNotFoundError, type WorkflowHandle } from "@temporalio/client";
import { batchWorkflowId } from "@caselink/workflows";
import { describeOpenWorkflows } from "../../packages/workflows/test/support/describe-open-workflows.ts";

const BATCHES = `WorkflowType = "caselinkBatch" AND ExecutionStatus = "Running"`;
const LANES = `WorkflowType = "caselinkLane" AND ExecutionStatus = "Running"`;
const BATCH_PREFIX = batchWorkflowId("");
/** So many lanes are cancelled, terminated or reset. */
const LANES_PER_ACTION = 4;
/** Temporal may have been killed. */
const TRIES = 20;

/** What an operator does to batches and lanes with Temporal's own buttons and commands. */
export class TemporalOperator {
  readonly #address: () => Promise<string | undefined>;
  /** The batches that were cancelled and terminated, by their ids. */
  readonly cancelled = new Set<string>();
  readonly terminated = new Set<string>();

  constructor(address: () => Promise<string | undefined>) {
    this.#address = address;
  }

  /** Returns the id of the batch; undefined if none runs. @param choice 0 to 1 */
  async endBatch(how: "cancel" | "terminate", choice: number): Promise<string | undefined> {
    return this.#withClient(async (client) => {
      const batches = await idsOf(client, BATCHES);
      const id = batches[Math.floor(choice * batches.length)];
      if (id === undefined) return undefined;
      const batch = id.slice(BATCH_PREFIX.length);
      (how === "cancel" ? this.cancelled : this.terminated).add(batch);
      const done = await ifThere(client.workflow.getHandle(id), (workflow) => workflow[how]());
      return done ? batch : undefined;
    });
  }

  /** Returns how many lanes were affected. @param choice 0 to 1 */
  async actOnLanes(how: "cancel" | "terminate" | "reset", choice: number): Promise<number> {
    const affected = await this.#withClient(async (client) => {
      const lanes = await idsOf(client, LANES);
      const first = Math.floor(choice * lanes.length);
      let count = 0;
      for (const id of [...lanes.slice(first), ...lanes.slice(0, first)].slice(0, LANES_PER_ACTION)) {
        const act = how === "reset" ? (lane: WorkflowHandle) => resetTurns(client, lane) : actionOf(how);
        if (await ifThere(client.workflow.getHandle(id), act)) count++;
      }
      return count;
    });
    return affected ?? 0;
  }

  /** What every open workflow waits for, a line each. */
  async describeOpen(): Promise<string> {
    const lines = await this.#withClient((client) =>
      describeOpenWorkflows(client, 'WorkflowType STARTS_WITH "caselink"'),
    );
    return lines?.join("\n") ?? "Temporal does not respond";
  }

  /** Undefined if Temporal does not respond for 20 s. */
  async #withClient<Result>(use: (client: Client) => Promise<Result>): Promise<Result | undefined> {
    for (let left = TRIES; left > 0; left--) {
      const address = await this.#address();
      try {
        if (address !== undefined) return await this.#useOnce(address, use);
      } catch {
        // Temporal is being started again
      }
      await pause(1_000);
    }
    return undefined;
  }

  async #useOnce<Result>(address: string, use: (client: Client) => Promise<Result>): Promise<Result> {
    const connection = await Connection.connect({ address, connectTimeout: "3 seconds" });
    try {
      return await connection.withDeadline(Date.now() + 10_000, () => use(new Client({ connection })));
    } finally {
      await connection.close();
    }
  }
}

const actionOf = (how: "cancel" | "terminate") => (workflow: WorkflowHandle) => workflow[how]();

async function idsOf(client: Client, query: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids.sort();
}

/** False if the workflow has ended. */
async function ifThere(
  workflow: WorkflowHandle,
  act: (workflow: WorkflowHandle) => Promise<unknown>,
): Promise<boolean> {
  try {
    return (await act(workflow)) !== false;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** As `temporal activity reset`: the turn starts again. False if none is in progress. */
async function resetTurns({ connection }: Client, lane: WorkflowHandle): Promise<boolean> {
  const { pendingActivities } = (await lane.describe()).raw;
  for (const { activityId } of pendingActivities ?? []) {
    await connection.workflowService.resetActivity({
      namespace: "default",
      execution: { workflowId: lane.workflowId },
      id: activityId ?? "",
      resetHeartbeat: true,
    });
  }
  return (pendingActivities?.length ?? 0) > 0;
}
