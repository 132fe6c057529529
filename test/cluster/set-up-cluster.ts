import type { TestProject } from "vitest/node";
import { BUCKET, startObjectStorage, whyNoObjectStorage } from "../object-storage/start-object-storage.ts";
import { keepPortsInUse } from "../ports-in-use.ts";
import { installClusterPrograms, TEMPORAL_VERSION } from "./cluster-programs.ts";
import { POSTGRES_VERSION } from "./install-postgres.ts";
import { startTemporalCluster } from "./start-temporal-cluster.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Why there is no cluster on this machine; undefined if there is one. */
    clusterMissing: string | undefined;
    /** The AWS variables for the cluster's object storage, and `CASELINK_TEST_LEDGERS`, where tests have their ledgers. */
    clusterEnvironment: Record<string, string>;
  }
}

/** Gives the tests of a run one cluster: a Temporal server, PostgreSQL and object storage. */
export default async function setUpCluster(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  project.provide("clusterEnvironment", {});
  const missing = await prepare(project);
  if (typeof missing === "function") {
    project.provide("clusterMissing", undefined);
    return missing;
  }
  console.error(`tests on a cluster are skipped: ${missing}`);
  project.provide("clusterMissing", missing);
  return undefined;
}

/** Starts the cluster and returns how to end it, or the reason why there is none. */
async function prepare(project: TestProject): Promise<string | (() => Promise<void>)> {
  if (process.env["CASELINK_TEST_NO_TEMPORAL"]) return "CASELINK_TEST_NO_TEMPORAL is set";
  if (whyNoObjectStorage !== undefined) return whyNoObjectStorage;
  const programs = await installClusterPrograms();
  if ("missing" in programs) return programs.missing;
  const forgetPorts = await keepPortsInUse();
  const storage = await startObjectStorage();
  const cluster = await startTemporalCluster(programs);
  console.error(
    `cluster: Temporal ${TEMPORAL_VERSION} at ${cluster.address}, PostgreSQL ${POSTGRES_VERSION}, object storage at ${storage.url}`,
  );
  project.provide("temporalAddress", cluster.address);
  project.provide("clusterEnvironment", { ...storage.env, CASELINK_TEST_LEDGERS: `s3://${BUCKET}` });
  return async () => {
    await cluster[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
    await forgetPorts();
  };
}
