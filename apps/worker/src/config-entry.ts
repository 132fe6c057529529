// Reads the configuration from the environment without loading Temporal's worker.
export { describeIdentity } from "./account.ts";
export { boundHeap } from "./bound-heap.ts";
export {
  clientOptionsOf,
  ConfigError,
  readApiConfig,
  readEndpoint,
  xSiteOf,
  type ApiConfig,
  type Environment,
} from "./config.ts";
export { explainTemporalFailure, findTlsProblem, grpcCodeOf } from "./explain-temporal-failure.ts";
export { TemporalConnectionError } from "./temporal-connection-error.ts";
export { namesCluster, readTemporalConfig, type TemporalConfig } from "./temporal-config.ts";
