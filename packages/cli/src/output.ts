import { createColors } from "picocolors";

export interface OutputOptions {
  /** Lines of JSON on standard output and nothing else there. */
  json: boolean;
  /** No progress. */
  quiet: boolean;
}

/** Where the command writes: results to standard output, progress and questions to standard error. */
export class Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** True where a person sees standard error as it is written. */
  readonly isTerminal: boolean = process.stderr.isTTY;
  readonly colors: ReturnType<typeof createColors>;

  constructor(options: Partial<OutputOptions> = {}) {
    this.isJson = options.json ?? false;
    this.isQuiet = options.quiet ?? false;
    const isPlain = this.isJson || !process.stdout.isTTY || Boolean(process.env["NO_COLOR"]);
    this.colors = createColors(!isPlain);
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
}
