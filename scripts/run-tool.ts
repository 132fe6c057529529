import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url));

export interface ToolResult {
  /** Null if a signal ended the tool. */
  readonly status: number | null;
  /** Standard output and standard error, interleaved as they arrived. */
  readonly output: string;
}

/** Runs a tool of the workspace, without input, in the checkout; `pnpm` and `node` are tools too. */
export function runTool(tool: string, args: readonly string[]): Promise<ToolResult> {
  const [command, ...before] = locate(tool);
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        // The workspace's Node first, whatever the machine has.
        PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
        TURBO_TELEMETRY_DISABLED: "1",
        DO_NOT_TRACK: "1",
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, output }));
  });
}

/** Outside of pnpm the PATH may have no pnpm, which Turbo needs, so both start through npx. */
function locate(tool: string): [string, ...string[]] {
  const isUnderPnpm = process.env["npm_execpath"]?.includes("pnpm") ?? false;
  if (isUnderPnpm || (tool !== "pnpm" && tool !== "turbo")) return [tool];
  return tool === "pnpm" ? ["npx", "-y", "pnpm@12"] : ["npx", "-y", "pnpm@12", "exec", tool];
}
