import { spawn } from "node:child_process";
import { once } from "node:events";
import { runTool } from "../../scripts/run-tool.ts";
import { shellWords } from "../../packages/cli/src/commands/shell-command.ts";

/** Runs a command at a terminal that it makes. */
const SCRIPT = "script";

/** A command that runs at a terminal of its own. */
export interface AtTerminal {
  /** Resolves when the terminal has shown the text, with all that it has shown. */
  shows(text: string): Promise<string>;
  /** Types at the terminal. */
  types(keys: string): void;
  /** Resolves when the command has ended, with all that the terminal has shown. */
  ended: Promise<{ status: number | null; text: string }>;
}

/** Why there is no terminal for tests here; undefined if there is one: the `script` of util-linux makes it. */
export async function findPtyProblem(): Promise<string | undefined> {
  const { output } = await runTool(SCRIPT, ["--version"]).catch(() => ({ output: "" }));
  return output.includes("util-linux") ? undefined : "there is no script of util-linux, which makes a terminal";
}

/** Starts a command line at a terminal of 80 columns. */
export function startAtTerminal(
  words: readonly string[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): AtTerminal {
  const line = `stty cols 80; exec ${shellWords(words)}`;
  const child = spawn(SCRIPT, ["--quiet", "--return", "--command", line, "/dev/null"], {
    cwd,
    env: { TERM: "xterm", SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  return {
    shows: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => void (text.includes(wanted) && resolve(text));
        child.stdout.on("data", look);
        child.once("close", () => reject(new Error(`it ended without "${wanted}":\n${text}`)));
        look();
      }),
    types: (keys) => void child.stdin.write(keys),
    ended: once(child, "close").then(([status]) => ({ status: status as number | null, text })),
  };
}
