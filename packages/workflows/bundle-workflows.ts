// Bundles the workflows as the last step of the build: a worker starts without webpack, and a forbidden import breaks
// the build instead of a worker.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode } from "@temporalio/worker";
import { appendNotices } from "../../third-party-notices.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath: at("./src/workflow/index.ts"),
  failureConverterPath: at("./src/workflow/failure-converter.ts"),
});
await writeFile(at("./dist/workflow-bundle.js"), withRelativeSources(code, at("../..")));

// Webpack heads each module with its path.
const modules = [...code.matchAll(/^ {2}!\*\*\* (\S+) \*\*\*!$/gm)].flatMap(([, path]) => path ?? []);
if (modules.length === 0) throw new Error("the bundle names none of its modules");
appendNotices(
  at("./dist"),
  modules.map((path) => resolve(path)),
);

/** Webpack's inline map names sources by absolute paths, which are those of the machine that builds. */
function withRelativeSources(bundle: string, checkout: string): string {
  const end = bundle.lastIndexOf("base64,") + "base64,".length;
  const map = Buffer.from(bundle.slice(end), "base64").toString("utf8").replaceAll(checkout, "");
  return `${bundle.slice(0, end)}${Buffer.from(map).toString("base64")}\n`;
}
