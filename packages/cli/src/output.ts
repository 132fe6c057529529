import { createInterface } from "node:readline/promises";
import { createColors } from "picocolors";

export interface OutputOptions {
  /** Lines of JSON on standard output and nothing else there. */
  json: boolean;
  /** No progress. */
  quiet: boolean;
}

/** Colours of one stream; they support what the words say and add nothing to it. */
export type Colors = ReturnType<typeof createColors>;

/** Where the command writes: results to standard output, progress, faults and questions to standard error. */
export class Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** True where a person sees standard error as it is written. */
  readonly isTerminal: boolean = process.stderr.isTTY;
  /** For `print`. */
  readonly colors: Colors = colorsOf(process.stdout);
  /** For `note`. */
  readonly noteColors: Colors = colorsOf(process.stderr);

  constructor(options: Partial<OutputOptions> = {}) {
    this.isJson = options.json ?? false;
    this.isQuiet = options.quiet ?? false;
  }

  /** A line of the result, for people; nothing in JSON mode. */
  print(text: string): void {
    if (!this.isJson) process.stdout.write(`${text}\n`);
  }

  /** An event, for programs; nothing outside JSON mode. */
  event(event: Record<string, unknown>): void {
    if (this.isJson) process.stdout.write(`${JSON.stringify(event)}\n`);
  }

  /** A line beside the result. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** A line about how things go. */
  progress(text: string): void {
    if (!this.isQuiet) this.note(text);
  }

  /** Asks a person for a yes; `ifNobody` where no terminal is there to answer. */
  async confirm(question: string, ifNobody: boolean): Promise<boolean> {
    if (!this.canAsk) return ifNobody;
    const prompt = createInterface({ input: process.stdin, output: process.stderr });
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
    return process.stdin.isTTY && this.isTerminal;
  }
}

function colorsOf(stream: { isTTY: boolean }): Colors {
  return createColors(stream.isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb");
}
