// Everything here is public API. Named exports only; a removal is a major.
export { createActivities, type ActivityDependencies } from "./activities.ts";
export { createApiConnector, type ApiConnector, type ApiConnectorOptions } from "./api-connector.ts";
export { BatchClient, type BatchClientOptions } from "./batch-client.ts";
export { OtherBatchError } from "./other-batch-error.ts";
export { SEARCH_ATTRIBUTE_NAMES } from "./search-attributes.ts";
export { createBatchWorker, workflowBundlePath, type BatchWorkerOptions } from "./batch-worker.ts";
export {
  batchWorkflowId,
  endpointKey,
  laneWorkflowId,
  taskQueueOf,
  type BatchPhase,
  type BatchProgress,
  type OutcomeCounts,
  type RowOutcome,
  type Trouble,
} from "./contracts.ts";
