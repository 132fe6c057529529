import { endpointKey } from "./contracts.ts";

/** The task queue of an endpoint, for workflows and what is not sent to the API: every worker of the endpoint polls it. */
export const taskQueueOf = (endpoint: string): string => `caselink:${endpointKey(endpoint)}`;

/** A condition of Temporal's visibility queries: workflows of the task queue that run. */
export const runningOn = (taskQueue: string): string =>
  `TaskQueue = '${taskQueue.replaceAll("'", "''")}' AND ExecutionStatus = 'Running'`;

/** The task queue for the chunks of an account's batches: only its workers poll it. @param account undefined: with a token */
export const chunkQueueOf = (key: string, account: string | undefined): string =>
  `caselink:${key}:${account ?? "token"}`;

/** The task queue that a worker polls instead while the API rejects its credentials, to say so. */
export const rejectedQueueOf = (key: string, account: string | undefined): string =>
  `${chunkQueueOf(key, account)}:rejected`;
