import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import type { Environment } from "@caselink/worker/config";
import { createColors } from "picocolors";
import { wantsColors } from "./screen/color-choice.ts";

export interface OutputOptions {
  /** Standard output contains lines of JSON and nothing else. */
  json: boolean;
  /** No progress. */
  quiet: boolean;
}

/** Colours of one stream. They support the words and carry no information of their own. */
export type Colors = ReturnType<typeof createColors>;

/** A stream that may be a terminal. */
type OutputStream = Writable & { isTTY?: boolean; columns?: number };
export type InputStream = Readable & { isTTY?: boolean };

/** The standard streams of a command. */
export interface Streams {
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
}

/** Writes results to standard output; progress, errors and questions to standard error. */
export class Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** True if standard error is a terminal. */
  readonly isTerminal: boolean;
  /** The colours for `print`. */
  readonly colors: Colors;
  /** The colours for `note`. */
  readonly noteColors: Colors;
  readonly streams: Streams;

  constructor(streams: Streams, env: Environment, options: Partial<OutputOptions> = {}) {
    this.streams = streams;
    this.isJson = options.json ?? false;
    this.isQuiet = options.quiet ?? false;
    this.isTerminal = streams.stderr.isTTY ?? false;
    this.colors = colorsOf(streams.stdout, env);
    this.noteColors = colorsOf(streams.stderr, env);
  }

  /** Writes a line of the result, for people; nothing in JSON mode. */
  print(text: string): void {
    if (!this.isJson) this.streams.stdout.write(`${text}\n`);
  }

  /** Writes an event, for programs; nothing outside JSON mode. */
  event(event: Record<string, unknown>): void {
    if (this.isJson) this.streams.stdout.write(`${JSON.stringify(event)}\n`);
  }

  /** Writes a line to standard error. */
  note(text: string): void {
    this.streams.stderr.write(`${text}\n`);
  }

  /** Writes a line about the progress to standard error; nothing with `--quiet`. */
  progress(text: string): void {
    if (!this.isQuiet) this.note(text);
  }

  /** Asks for a yes at the terminal; returns `withoutTerminal` if there is none. */
  async confirm(question: string, withoutTerminal: boolean): Promise<boolean> {
    if (!this.canAsk) return withoutTerminal;
    const prompt = createInterface({ input: this.streams.stdin, output: this.streams.stderr });
    // Ctrl-C and the end of the input count as a no.
    const closed = new Promise<string>((resolve) => prompt.once("close", () => resolve("")));
    try {
      const answer = await Promise.race([prompt.question(`${question} [y/N] `), closed]);
      return /^(y(es)?|是)$/i.test(answer.trim());
    } finally {
      prompt.close();
    }
  }

  /** True if a question can be answered at a terminal. */
  get canAsk(): boolean {
    return (this.streams.stdin.isTTY ?? false) && this.isTerminal;
  }
}

function colorsOf(stream: OutputStream, env: Environment): Colors {
  return createColors(wantsColors(stream, env));
}
