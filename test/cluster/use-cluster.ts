// For each test file on a cluster: the environment for its object storage, and the reason if there is no cluster.
import { beforeEach, inject } from "vitest";

const missing = inject("clusterMissing");
Object.assign(process.env, inject("clusterEnvironment"));

beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});
