import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The file that starts the command, as it is built. */
export const mainFile = fileURLToPath(new URL("../../cli/dist/main.js", import.meta.url));

export type JsonLine = Record<string, unknown>;

export interface CommandResult {
  /** Exit status; null if a signal ended the process. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** The lines of standard output, each of which must be JSON. */
  lines: () => JsonLine[];
  /** The last of them. */
  last: () => JsonLine;
}

export interface Command {
  child: ChildProcess;
  /** Resolves when standard output or standard error contains the text. */
  says: (text: string) => Promise<void>;
  /** All that it has printed so far. */
  printed: () => string;
  ended: Promise<CommandResult>;
}

export interface CommandInput {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Standard input. */
  input: string;
}

/** Starts the built command in a process of its own. */
export function startCommand(args: readonly string[], { env, cwd, input }: CommandInput): Command {
  const child = spawn(process.execPath, [mainFile, ...args], { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined); // a command that rejects its options reads none of it
  child.stdin.end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return {
    child,
    ended: once(child, "close").then(([status, signal]) =>
      resultOf({ status: status as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr }),
    ),
    printed: () => stdout + stderr,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => (stdout + stderr).includes(text) && resolve();
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        child.once("close", () => reject(new Error(`it ended without "${text}":\n${stdout}\n${stderr}`)));
        look();
      }),
  };
}

/** Adds the readings of standard output to what a command ended with. */
export function resultOf(facts: Omit<CommandResult, "lines" | "last">): CommandResult {
  const lines = () => facts.stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as JsonLine]));
  return { ...facts, lines, last: () => lines().at(-1) ?? {} };
}
