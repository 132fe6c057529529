import type { VersionWait } from "@caselink/workflows";
import { expect, test } from "vitest";
import { describeVersionWait, versionWaitScreen } from "./version-wait.ts";

const version = (buildId: string) => ({ deploymentName: "link", buildId });

const screenOf = (wait: Partial<VersionWait>, batchId?: string): string[] =>
  versionWaitScreen(
    describeVersionWait(
      { version: version("1"), isForNew: false, workflowIds: [], current: undefined, running: [], ...wait },
      batchId,
    ),
  ).split("\n");

const QUERY = `    --query "TemporalWorkerDeploymentVersion = 'link:1' AND ExecutionStatus = 'Running'" \\`;

test("batches of a version that no worker runs are moved to the current one, which is named", () => {
  expect(screenOf({ workflowIds: ["w"], current: version("3"), running: [version("2"), version("3")] }, "b")).toEqual([
    "Batch b waits for workers of version link:1, and none runs.",
    "Start one, or move the work to other workers:",
    "  temporal workflow update-options \\",
    QUERY,
    "    --versioning-override-behavior one_time \\",
    "    --versioning-override-deployment-name link \\",
    "    --versioning-override-build-id 3",
  ]);
});

test("they go to workers without a version if no others run", () => {
  expect(screenOf({ workflowIds: ["w"] }).slice(2)).toEqual([
    "  temporal workflow update-options \\",
    QUERY,
    "    --versioning-override-behavior auto_upgrade",
  ]);
});

test("new batches that wait for a current version without workers need another current version", () => {
  const said = "Work of this API waits for workers of version link:1, and none runs.";
  const command = ["  temporal worker deployment set-current-version \\", "    --deployment-name link --build-id 2"];
  expect(screenOf({ isForNew: true, running: [version("2")] })).toEqual([
    said,
    "Start one, or make the version of other workers the current one:",
    ...command,
  ]);
  expect(screenOf({ isForNew: true })).toEqual([said, "Start one: caselink worker"]);
  expect(screenOf({ version: undefined, isForNew: true, running: [version("2")] }, "b")).toEqual([
    "Batch b waits: workers run, but none of their versions is the current one.",
    "Make one the current version:",
    ...command,
  ]);
});
