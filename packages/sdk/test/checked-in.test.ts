// Checked-in files that must match the code.
import { execFile } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");

function runScript(script: string): Promise<{ status: number | string; output: string }> {
  return new Promise((resolve) => {
    const args = ["--conditions=@caselink/source", path.join(root, script), "--check"];
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, output: `${stdout}${stderr}` }),
    );
  });
}

test("the API report is what the built package declares", async () => {
  const { status, output } = await runScript("packages/sdk/scripts/api-report.ts");
  expect(output.replaceAll(/^(?!The public|Run:).*\n?/gm, "")).toBe("");
  expect(status).toBe(0);
});

test("docs/retry-conformance.md matches the SDK", async () => {
  expect(await runScript("bench/conformance.ts")).toEqual({
    status: 0,
    output: "docs/retry-conformance.md matches the SDK.\n",
  });
});
