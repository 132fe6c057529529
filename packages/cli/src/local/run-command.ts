import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Number of output lines that a message contains, from the end of the output. */
const LAST_LINES = 8;

/** Time to wait for the last output after the command has ended. */
const PIPE_GRACE_MS = 1_000;

export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** The command is killed this long after its start, or after the last call of `extend`. */
  limitMs: number;
  signal?: AbortSignal | undefined;
  onLine?: (line: string, extend: () => void) => void;
}

export interface CommandResult {
  /** A short reason; undefined if the command succeeded. */
  readonly failure: string | undefined;
  /** The last lines of both streams. */
  readonly output: string;
}

/** Runs a program without a shell and without input. Rejects only if `signal` is aborted. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { env, cwd, limitMs, signal, onLine }: CommandOptions,
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const lines: string[] = [];
  const failure = await new Promise<string | undefined>((resolve) => {
    const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    const kill = () => child.kill("SIGKILL");
    let isTooLate = false;
    const timer = setTimeout(() => {
      isTooLate = true;
      kill();
    }, limitMs);
    signal?.addEventListener("abort", kill);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (lines.length > LAST_LINES) lines.shift();
        onLine?.(line, () => timer.refresh());
      });
    }
    const finish = (failure: string | undefined) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", kill);
      resolve(failure);
    };
    child.once("error", (error) => finish(error.message));
    child.once("exit", () => {
      // A child of the command may keep the pipes open until it ends.
      setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), PIPE_GRACE_MS).unref();
    });
    child.once("close", (code, killedBy) => {
      if (isTooLate) finish(`no end and no progress within ${limitMs / 1000} s`);
      else if (code === 0) finish(undefined);
      else finish(killedBy === null ? `exit status ${code}` : `ended by ${killedBy}`);
    });
  });
  signal?.throwIfAborted();
  return { failure, output: lines.join("\n").trim() };
}
