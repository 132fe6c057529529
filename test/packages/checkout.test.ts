import { execFile } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { installRuntime } from "../../packages/sdk/test/support/runtimes.ts";
import { root } from "../../scripts/run-tool.ts";

test("the commands of the checkout need Node 20 with npm only", async (context) => {
  const node = await installRuntime("Node 20");
  if (typeof node === "string") {
    console.log(`skipped: ${node}`);
    context.skip(node);
    return;
  }
  const others = (process.env["PATH"] ?? "").split(delimiter).filter((path) => !path.startsWith(root));
  const env = { ...process.env, PATH: [dirname(node.program), ...others].join(delimiter), NODE_OPTIONS: undefined };
  const run = (command: string, args: string[]) => promisify(execFile)(command, args, { cwd: root, env });
  expect((await run("node", ["--version"])).stdout).toBe("v20.0.0\n");
  const { stdout } = await run("npx", ["-y", "pnpm@12", "--silent", "caselink", "doctor", "--help"]);
  expect(stdout).toContain("caselink doctor");
});
