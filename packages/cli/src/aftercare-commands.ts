import type { Command } from "commander";
import { output, places, settings, type Common } from "./command-context.ts";
import type { ForgetOptions } from "./commands/forget.ts";
import type { RetryOptions } from "./commands/retry.ts";
import type { VerifyOptions } from "./commands/verify.ts";
import type { ExitStatus } from "./exit-status.ts";
import { positiveNumber } from "./option-values.ts";

/** What is done with a batch that has ended. */
export function registerAftercare(
  command: (name: string, description: string) => Command,
  done: (status: ExitStatus) => void,
): void {
  command("retry <batch>", "a new batch from the rows that did not succeed and could")
    .option("--outcome <outcomes>", "rows with these outcomes, separated by commas; default: failed,cancelled")
    .option("--detach", "return after the start")
    .option("--yes", "without a question")
    .action(async (batch: string, options: RetryOptions & Common) => {
      const { retry } = await import("./commands/retry.ts");
      done(await retry(batch, options, await settings(), output(options)));
    });

  command("undo <batch>", "remove exactly the associations that the batch created")
    .option("--yes", "without a question")
    .action(async (batch: string, options: Common & { yes?: boolean }) => {
      const { undo } = await import("./commands/undo.ts");
      done(await undo(batch, options, await settings(), output(options)));
    });

  command("verify <batch>", "read every ticket again and name each difference with the report; changes nothing")
    .option("--max-rate <number>", "most requests a second; default: that of the batch", positiveNumber)
    .option("--report <file>", "prove a report that report --out wrote, too (repeatable)", collect, [])
    .option("--out <file>", "write the differences to a file: CSV, or lines of JSON where it ends in .jsonl")
    .action(async (batch: string, options: VerifyOptions & Common) => {
      const { verify } = await import("./commands/verify.ts");
      done(await verify(batch, options, await places(), output(options)));
    });

  command("forget <batch>", "remove the files of a batch that has ended, or was only planned; its associations stay")
    .option("--yes", "without a question")
    .action(async (batch: string, options: ForgetOptions & Common) => {
      const { forget } = await import("./commands/forget.ts");
      done(await forget(batch, options, await places(), output(options)));
    });
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];
