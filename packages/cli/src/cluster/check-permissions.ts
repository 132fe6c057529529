import { randomUUID } from "node:crypto";
import type { Connection } from "@temporalio/client";
import { grpcCodeOf } from "@caselink/worker/config";
import { english } from "../language/words.ts";
import { failed, ok, warning, type Finding } from "../doctor/finding.ts";
import { grpcCode, isDenied, withLimit } from "./cluster-connection.ts";

const UNKNOWN: ReadonlySet<number> = new Set([
  grpcCode.cancelled,
  grpcCode.deadlineExceeded,
  grpcCode.resourceExhausted,
  grpcCode.unimplemented,
  grpcCode.unavailable,
]);

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
  const tried = await Promise.all(
    operationsOf(connection, namespace).map(async ({ name, of, send }) => {
      const error = await withLimit(connection, send).catch((cause: unknown) => cause);
      return { name, of, isDenied: isDenied(error), isUnknown: UNKNOWN.has(grpcCodeOf(error) ?? 0) };
    }),
  );
  return (["commands", "workers"] as const).map((user) =>
    findingOf(
      user,
      tried.filter(({ of }) => of === user),
    ),
  );
}

interface Tried extends Pick<Operation, "name"> {
  isDenied: boolean;
  /** The request did not get as far as the server's permissions. */
  isUnknown: boolean;
}

function findingOf(user: User, tried: readonly Tried[]): Finding {
  const all = tried.length;
  const denied = tried.filter((operation) => operation.isDenied);
  const unknown = tried.filter((operation) => operation.isUnknown).map(({ name }) => name);
  if (denied.length === 0 && unknown.length > 0)
    return warning(
      "permission",
      english`not known, because the cluster did not respond to ${unknown.join(", ")}`,
      "Try again; if it fails again, ask the operators of the cluster.",
    );
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
  // Workers look for halted batches, and let them go on in new runs.
  const both: Record<string, () => Promise<unknown>> = {
    StartWorkflowExecution: () => workflowService.startWorkflowExecution({ namespace, workflowId }),
    DescribeWorkflowExecution: () => workflowService.describeWorkflowExecution({ namespace, execution }),
    GetWorkflowExecutionHistory: () => workflowService.getWorkflowExecutionHistory({ namespace, execution }),
    ListWorkflowExecutions: () => workflowService.listWorkflowExecutions({ namespace, query: "(" }),
  };
  const commands: Record<string, () => Promise<unknown>> = {
    ...both,
    QueryWorkflow: () => workflowService.queryWorkflow({ namespace, execution, query: { queryType: "progress" } }),
    UpdateWorkflowExecution: () => workflowService.updateWorkflowExecution({ namespace, workflowExecution: execution }),
    DescribeTaskQueue: () => workflowService.describeTaskQueue({ namespace }),
  };
  const workers: Record<string, () => Promise<unknown>> = {
    ...both,
    GetWorkflowExecutionHistoryReverse: () =>
      workflowService.getWorkflowExecutionHistoryReverse({ namespace, execution }),
    TerminateWorkflowExecution: () =>
      workflowService.terminateWorkflowExecution({ namespace, workflowExecution: execution }),
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
