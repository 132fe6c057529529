import { EventEmitter, once } from "node:events";
import { Readable, Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
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

/** The listeners of the test runner. */
const others = new Set(process.listeners("SIGINT"));
const INTERVAL_MS = 50;

/**
 * Interrupts commands of this process, as the first Ctrl-C does, until they have ended.
 *
 * @param commands those that run: one that has ended must leave the set
 */
export async function interrupt(commands: ReadonlySet<CommandHere>): Promise<void> {
  const called = new Set(others);
  while (commands.size > 0) {
    // A command that has just started listens later.
    for (const listener of process.listeners("SIGINT")) {
      if (called.has(listener)) continue;
      called.add(listener);
      listener("SIGINT");
    }
    await pause(INTERVAL_MS);
  }
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
