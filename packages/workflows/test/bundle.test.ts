import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";
import { expect, test } from "vitest";
import { BATCH_WORKFLOW, LANE_WORKFLOW } from "../src/workflow/contracts.ts";
import * as workflows from "../src/workflow/index.ts";

const said: string[] = [];
const logger = new DefaultLogger("ERROR", ({ message }) => said.push(message));

test("the workflows import nothing that the sandbox forbids", async () => {
  const workflowsPath = fileURLToPath(new URL("../src/workflow/index.ts", import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger });
  expect(code).toContain("class BatchState");
});

test("the bundler rejects a workflow that imports a module which the sandbox forbids", async () => {
  const workflowsPath = fileURLToPath(new URL("./support/forbidden-workflow.ts", import.meta.url));
  await expect(bundleWorkflowCode({ workflowsPath, logger })).rejects.toThrow(/node:fs|Webpack finished with errors/);
  expect(said.join("\n")).toContain("node:fs");
});

test("the bundle exports the workflows under the names that Temporal stores", () => {
  expect(Object.keys(workflows).sort((a, b) => a.localeCompare(b))).toEqual([BATCH_WORKFLOW, LANE_WORKFLOW]);
});
