import { EventEmitter, once } from "node:events";
import { Readable, Writable } from "node:stream";
import { runCommandLine } from "../../cli/src/program.ts";
import { mainFile, resultOf, type Command, type CommandInput } from "./start-command.ts";

/** A command that runs in this process. */
export type CommandHere = Omit<Command, "child">;

/** Starts the command in this process, from its sources. `--detach` starts the built one. */
export function startInThisProcess(args: readonly string[], { env, cwd, input }: CommandInput): CommandHere {
  const prints = new EventEmitter();
  const stdout = new TextCollector(prints);
  const stderr = new TextCollector(prints);
  const status = runCommandLine(args, {
    env,
    cwd,
    stdin: Readable.from(input === "" ? [] : [Buffer.from(input)]),
    stdout,
    stderr,
    mainFile,
    notifyStarted: () => undefined,
  });
  const printed = () => stdout.text + stderr.text;
  return {
    printed,
    async says(text) {
      const failWithoutText = async (): Promise<void> => {
        await status;
        if (!printed().includes(text)) throw new Error(`it ended without "${text}":\n${printed()}`);
      };
      while (!printed().includes(text)) await Promise.race([failWithoutText(), once(prints, "text")]);
    },
    ended: status.then((ended) => resultOf({ status: ended, signal: null, stdout: stdout.text, stderr: stderr.text })),
  };
}

/** Collects what is written to it. The emitter emits `text` after each part. */
class TextCollector extends Writable {
  readonly #chunks: Buffer[] = [];
  readonly #prints: EventEmitter;

  constructor(prints: EventEmitter) {
    super();
    this.#prints = prints;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    this.#prints.emit("text");
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
