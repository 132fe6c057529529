import type { Client } from "@temporalio/client";
import { newBatch, until } from "@caselink/test-support";
import { batchWorkflowId, laneWorkflowId, endpointKey } from "../../src/index.ts";
import type { TemporalHarness } from "./temporal-harness.ts";

/** The lanes of a batch, with the one that all share. */
const LANES = ["all", ...Array.from({ length: 16 }, (_, lane) => lane.toString(16))];

/** A worker deployment of its own, on the Temporal server of the test run. */
export class Versions {
  readonly name = newBatch("versions");
  readonly #harness: TemporalHarness;

  constructor(harness: TemporalHarness) {
    this.#harness = harness;
  }

  /** Starts a worker of a version, which runs until it or the harness is disposed of. */
  start(buildId: string, account?: string): ReturnType<TemporalHarness["addWorker"]> {
    return this.#harness.addWorker({
      deployment: { name: this.name, buildId },
      ...(account !== undefined && { account }),
    });
  }

  /** Makes a version the current one as soon as Temporal knows it; empty: workers without a version. */
  async setCurrent(buildId: string): Promise<void> {
    const { workflowService, options } = this.#harness.client;
    const request = { namespace: options.namespace, deploymentName: this.name, buildId };
    await until(
      () =>
        workflowService.setWorkerDeploymentCurrentVersion(request).then(
          () => true,
          () => false,
        ),
      (isSet) => isSet,
    );
  }

  /** Waits until the batch and all of its lanes that run are on a version; empty: on workers without one. */
  async whenOn(buildId: string, batchId: string): Promise<void> {
    await until(
      () => this.isOn(buildId, batchId),
      (isOn) => isOn,
    );
  }

  /** The batch and all of its lanes that run are on a version; empty: on workers without one. */
  async isOn(buildId: string, batchId: string): Promise<boolean> {
    const { client, simulator } = this.#harness;
    const ids = [batchWorkflowId(batchId), ...LANES.map((lane) => laneWorkflowId(endpointKey(simulator.url), lane))];
    const versions = await Promise.all(ids.map((id) => versionOf(client, id)));
    return versions.every((version) => version === undefined || version === buildId);
  }
}

/** The build id that a running workflow is pinned to; undefined: it does not run. */
async function versionOf(client: Client, workflowId: string): Promise<string | undefined> {
  const description = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
  if (description?.status.name !== "RUNNING") return undefined;
  return description.raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? "";
}
