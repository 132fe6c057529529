import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

/** A shell as a reader has it: what one command exports is there for the next ones. */
export interface ShellSession extends AsyncDisposable {
  /** Runs a command to its end; `output` is what it printed, on standard output and standard error. */
  run(command: string): Promise<{ status: number; output: string }>;
  /** Starts a command that runs until the session ends, and waits until the text is in its output. */
  startInBackground(command: string, text: string): Promise<void>;
  /** The last command and what it has printed so far. */
  describe(): string;
}

/** Reads commands from file descriptor 3, because the standard input of the commands is empty. */
const LOOP = String.raw`exec 2>&1
set -o pipefail
while IFS= read -r -d '' command <&3; do
  eval "$command"
  printf '\x1e%s\x1e' "$?"
done`;

export function openShell({ cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): ShellSession {
  const shell = spawn("bash", ["--noprofile", "--norc", "-c", LOOP], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit", "pipe"],
    detached: true, // a group of its own, so that what it started ends with it
  });
  const stdout = shell.stdio[1] as Readable;
  const commands = shell.stdio[3] as Writable;
  let printed = "";
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of listeners) listener();
  };
  let hasEnded = false;
  stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    notify();
  });
  shell.once("close", () => {
    hasEnded = true;
    notify();
  });

  /** Resolves with the match as soon as the output has it. */
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(printed);
        if (match === null && !hasEnded) return;
        listeners.delete(look);
        if (match) resolve(match);
        else reject(new Error(`the shell ended without ${pattern}:\n${printed}`));
      };
      listeners.add(look);
      look();
    });

  let last = "";
  async function run(command: string): Promise<{ status: number; output: string }> {
    last = command;
    commands.write(`${command}\0`);
    // oxlint-disable-next-line no-control-regex
    const { 0: whole, 1: output = "", 2: status } = await until(/^([^]*)\u001e(\d+)\u001e/);
    printed = printed.slice(whole.length);
    return { status: Number(status), output };
  }

  return {
    run,
    describe: () => `the last command:\n${last}\nand what it printed:\n${printed}`,
    async startInBackground(command, text) {
      await run(`{ ${command}\n} &`);
      await until(new RegExp(text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)));
    },
    async [Symbol.asyncDispose]() {
      if (hasEnded || shell.pid === undefined) return;
      const closed = once(shell, "close");
      process.kill(-shell.pid, "SIGKILL");
      await closed;
    },
  };
}
