// What the environment says, without loading Temporal's worker: for commands that only need to know.
export { boundHeap } from "./bound-heap.ts";
export { ConfigError, readApiConfig, readEndpoint, type ApiConfig, type Environment } from "./config.ts";
export { namesCluster, readTemporalConfig, type TemporalConfig } from "./temporal-config.ts";
