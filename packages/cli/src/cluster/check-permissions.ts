import { randomUUID } from "node:crypto";
import type { Connection } from "@temporalio/client";
import { english } from "../language/words.ts";
import { failed, ok, type Finding } from "../doctor/finding.ts";
import { isDenied, withLimit } from "./cluster-connection.ts";

/** The programs of caselink that use an operation of Temporal's API. */
type User = "commands" | "workers";

interface Operation {
  name: string;
  of: User;
  send: () => Promise<unknown>;
}

/**
 * Tries every operation that commands and workers need, so that each is denied or fails for another reason: the batch is one that
 * cannot exist, or the request is incomplete. Servers look at permissions first. Nothing is started or changed.
 */
export async function checkPermissions(connection: Connection, namespace: string): Promise<Finding[]> {
  const operations = operationsOf(connection, namespace);
  const denied = await Promise.all(
    operations.map(async (operation) => {
      const error = await withLimit(connection, operation.send).catch((cause: unknown) => cause);
      return isDenied(error) ? [operation] : [];
    }),
  );
  return (["commands", "workers"] as const).map((user) =>
    findingOf(
      user,
      operations.filter(({ of }) => of === user).length,
      denied.flat().filter(({ of }) => of === user),
    ),
  );
}

function findingOf(user: User, all: number, denied: readonly Operation[]): Finding {
  if (denied.length === 0)
    return user === "commands"
      ? ok("permission", english`commands may do all that they need (${all} operations tried)`)
      : ok("permission", english`workers may do all that they need (${all} operations tried)`);
  const names = denied.map(({ name }) => name).join(", ");
  const message =
    user === "commands" ? `denied, and needed by commands: ${names}` : `denied, and needed by workers: ${names}`;
  const advice = "Let an administrator give this key or certificate the right to write in the namespace.";
  return failed("permission", message, advice, "configuration");
}

function operationsOf({ workflowService }: Connection, namespace: string): Operation[] {
  const workflowId = `caselink-check:${randomUUID()}`;
  const execution = { workflowId };
  const taskToken = new Uint8Array();
  const commands: Record<string, () => Promise<unknown>> = {
    StartWorkflowExecution: () => workflowService.startWorkflowExecution({ namespace, workflowId }),
    DescribeWorkflowExecution: () => workflowService.describeWorkflowExecution({ namespace, execution }),
    GetWorkflowExecutionHistory: () => workflowService.getWorkflowExecutionHistory({ namespace, execution }),
    QueryWorkflow: () => workflowService.queryWorkflow({ namespace, execution, query: { queryType: "progress" } }),
    UpdateWorkflowExecution: () => workflowService.updateWorkflowExecution({ namespace, workflowExecution: execution }),
    DescribeTaskQueue: () => workflowService.describeTaskQueue({ namespace }),
  };
  const workers: Record<string, () => Promise<unknown>> = {
    PollWorkflowTaskQueue: () => workflowService.pollWorkflowTaskQueue({ namespace }),
    RespondWorkflowTaskCompleted: () => workflowService.respondWorkflowTaskCompleted({ namespace, taskToken }),
    PollActivityTaskQueue: () => workflowService.pollActivityTaskQueue({ namespace }),
    RespondActivityTaskCompleted: () => workflowService.respondActivityTaskCompleted({ namespace, taskToken }),
    RecordActivityTaskHeartbeat: () => workflowService.recordActivityTaskHeartbeat({ namespace, taskToken }),
    SignalWithStartWorkflowExecution: () => workflowService.signalWithStartWorkflowExecution({ namespace, workflowId }),
  };
  const listed = (of: User, sends: typeof commands): Operation[] =>
    Object.entries(sends).map(([name, send]) => ({ name, of, send }));
  return [...listed("commands", commands), ...listed("workers", workers)];
}
