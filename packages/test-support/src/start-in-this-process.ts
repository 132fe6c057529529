import { Readable, Writable } from "node:stream";
import { runCommandLine } from "../../cli/src/program.ts";
import { mainFile, resultOf, type CommandInput, type CommandResult } from "./start-command.ts";

/** Runs the command in this process, from its sources. `--detach` starts the built one. */
export async function runInThisProcess(
  args: readonly string[],
  { env, cwd, input }: CommandInput,
): Promise<CommandResult> {
  const stdout = new TextCollector();
  const stderr = new TextCollector();
  const status = await runCommandLine(args, {
    env,
    cwd,
    stdin: Readable.from(input === "" ? [] : [Buffer.from(input)]),
    stdout,
    stderr,
    mainFile,
    notifyStarted: () => undefined,
  });
  return resultOf({ status, signal: null, stdout: stdout.text, stderr: stderr.text });
}

class TextCollector extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
