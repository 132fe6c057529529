// Bundles the workflows as the last step of the build: a worker starts without webpack, and a forbidden import breaks
// the build instead of a worker.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode } from "@temporalio/worker";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { code } = await bundleWorkflowCode({ workflowsPath: at("./src/workflow/index.ts") });
await writeFile(at("./dist/workflow-bundle.js"), code);
