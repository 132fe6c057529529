// Everything here is public API. Named exports only; a removal is a major.
export { createActivities, type ActivityDependencies } from "./process/activities.ts";
export { createApiConnector, type ApiConnector, type ApiConnectorOptions } from "./process/api-connector.ts";
export { BatchClient, type BatchClientOptions } from "./client/batch-client.ts";
export { BatchEndedError } from "./client/batch-ended-error.ts";
export { BatchStoppedError, type BatchStop } from "./client/batch-stopped-error.ts";
export { mayPass, outlastFailures } from "./client/outlast-failures.ts";
export { OtherBatchError } from "./client/other-batch-error.ts";
export { ProgressReader, type ProgressSource } from "./client/progress-reader.ts";
export { dataConverterOf } from "./encryption/data-converter.ts";
export { Keyring, KeyringError } from "./encryption/keyring.ts";
export { PayloadEncryption, PayloadKeyError } from "./encryption/payload-encryption.ts";
export type {
  AwaitedBy,
  EngineMetrics,
  OpenBatches,
  OpenBatchState,
  RequestEnd,
  TurnResult,
  WaitingRequests,
} from "./observe/engine-metrics.ts";
export type { EngineTraces, TracedTurn } from "./observe/engine-traces.ts";
export { createEngineMetrics, HISTOGRAM_BUCKETS } from "./observe/meter-metrics.ts";
export { requestMetricsHooks } from "./observe/request-metrics.ts";
export { SEARCH_ATTRIBUTE_NAMES } from "./workflow/search-attributes.ts";
export { findVersionWaits, type VersionWait, type VersionWaits, type WorkerVersion } from "./client/worker-versions.ts";
export { createBatchWorker, type BatchWorker, type BatchWorkerOptions } from "./process/batch-worker.ts";
export { workerBuildId, type WorkerDeployment } from "./process/worker-version.ts";
export {
  batchWorkflowId,
  endpointKey,
  laneWorkflowId,
  type BatchPhase,
  type BatchProgress,
  type OutcomeCounts,
  type Resumption,
  type RowOutcome,
  type WaitReason,
} from "./workflow/contracts.ts";
export { chunkQueueOf, taskQueueOf } from "./workflow/task-queues.ts";
export { workflowBundlePath } from "./workflow-bundle.ts";
