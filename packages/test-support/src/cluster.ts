export { connectToTemporal } from "./connect-to-temporal.ts";
export { readCluster } from "./read-cluster.ts";
