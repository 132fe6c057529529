import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import type { Environment } from "@caselink/worker/config";
import { createColors } from "picocolors";

export interface OutputOptions {
  /** Lines of JSON on standard output and nothing else there. */
  json: boolean;
  /** No progress. */
  quiet: boolean;
}

/** Colours of one stream; they support what the words say and add nothing to it. */
export type Colors = ReturnType<typeof createColors>;

/** A stream that may be a terminal. */
export type OutputStream = Writable & { isTTY?: boolean; columns?: number };
export type InputStream = Readable & { isTTY?: boolean };

/** The standard streams of a command. */
export interface Streams {
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
}

/** Where the command writes: results to standard output, progress, faults and questions to standard error. */
export class Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** True where a person sees standard error as it is written. */
  readonly isTerminal: boolean;
  /** For `print`. */
  readonly colors: Colors;
  /** For `note`. */
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

  /** A line of the result, for people; nothing in JSON mode. */
  print(text: string): void {
    if (!this.isJson) this.streams.stdout.write(`${text}\n`);
  }

  /** An event, for programs; nothing outside JSON mode. */
  event(event: Record<string, unknown>): void {
    if (this.isJson) this.streams.stdout.write(`${JSON.stringify(event)}\n`);
  }

  /** A line beside the result. */
  note(text: string): void {
    this.streams.stderr.write(`${text}\n`);
  }

  /** A line about how things go. */
  progress(text: string): void {
    if (!this.isQuiet) this.note(text);
  }

  /** Asks a person for a yes; `ifNobody` where no terminal is there to answer. */
  async confirm(question: string, ifNobody: boolean): Promise<boolean> {
    if (!this.canAsk) return ifNobody;
    const prompt = createInterface({ input: this.streams.stdin, output: this.streams.stderr });
    // Ctrl-C and the end of the input are a no.
    const silence = new Promise<string>((resolve) => prompt.once("close", () => resolve("")));
    try {
      const answer = await Promise.race([prompt.question(`${question} [y/N] `), silence]);
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      prompt.close();
    }
  }

  /** Whether somebody sits at a terminal who can answer a question. */
  get canAsk(): boolean {
    return (this.streams.stdin.isTTY ?? false) && this.isTerminal;
  }
}

function colorsOf(stream: OutputStream, env: Environment): Colors {
  return createColors((stream.isTTY ?? false) && !env["NO_COLOR"] && env["TERM"] !== "dumb");
}
