import { Command, InvalidArgumentError, Option } from "commander";
import type { PlanOnlyOptions } from "./commands/plan.ts";
import type { ReportOptions } from "./commands/report.ts";
import type { RunOptions } from "./commands/run.ts";
import { registerAftercare } from "./aftercare-commands.ts";
import { output, places, settings, type Common } from "./command-context.ts";
import type { ExitStatus } from "./exit-status.ts";
import { positiveNumber } from "./option-values.ts";
import { parseDuration } from "./screen/format.ts";

/** The command line: what can be asked. What is done stands in `commands/`, loaded when it is asked for. */
export function createProgram(version: string, done: (status: ExitStatus) => void): Command {
  const program = new Command("caselink")
    .description("Associate Huawei Cloud service tickets in bulk: every row accounted for, whatever crashes.")
    .version(version)
    .showHelpAfterError("(caselink --help shows what there is)")
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, "caselink:")) })
    .exitOverride();

  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option("--json", "lines of JSON on standard output and nothing else there")
      .option("--quiet", "no progress");

  planning(command("plan <input...>", "validate, group and show what would be done; sends nothing"))
    .option("--check", "read the tickets and foresee what becomes of every row; goes on where it was interrupted")
    .option("--skip-related", "with --check: do not look whether the related tickets exist")
    .option("--out <file>", "with --check: write every row, as in a report; CSV, or lines of JSON for .jsonl")
    .option("--save", "keep the plan, for caselink run --plan")
    .option("--yes", "as for run; a plan asks nothing")
    .action(async (inputs: string[], options: PlanOnlyOptions & Common) => {
      const { plan } = await import("./commands/plan.ts");
      done(await plan(inputs, options, await places(), output(options), typed()));
    });

  planning(command("run [input...]", "plan, then run durably and follow to the end"))
    .addOption(
      new Option("--plan <batch>", "run a plan that plan --save kept, as it is").conflicts([
        "groupId",
        "map",
        "overLimit",
        "maxRate",
        "batch",
        "giveUpAfter",
        "format",
        "dryRun",
      ]),
    )
    .option("--dry-run", "the same as plan")
    .option("--detach", "return after the start")
    .option("--yes", "run the valid rows where some are invalid, without a question")
    .action(async (inputs: string[], options: RunOptions & Common & RunForms, self: Command) => {
      if (inputs.length === 0 && options.plan === undefined) {
        self.error("error: missing required argument 'input', or --plan with a kept plan");
      }
      if (inputs.length > 0 && options.plan !== undefined) {
        self.error("error: --plan takes no input: a kept plan has its own rows");
      }
      if (options.plan !== undefined) {
        const { runPlan } = await import("./commands/run-plan.ts");
        return done(await runPlan(options.plan, options, await settings(), output(options)));
      }
      if (options.dryRun) {
        const { plan } = await import("./commands/plan.ts");
        return done(await plan(inputs, options, await places(), output(options), typed()));
      }
      const { run } = await import("./commands/run.ts");
      done(await run(inputs, options, await settings(), output(options)));
    });

  command("list", "batches known to the ledger, newest first").action(async (options: Common) => {
    const { list } = await import("./commands/list.ts");
    done(await list(await places(), output(options)));
  });

  command("status <batch>", "counts and what is waited for")
    .option("--watch", "show it again until the batch ends")
    .action(async (batch: string, options: Common & { watch?: boolean }) => {
      const { status } = await import("./commands/status.ts");
      done(await status(batch, options, await settings(), output(options)));
    });

  command("attach <batch>", "follow a batch; in local mode also carry on one that was interrupted").action(
    async (batch: string, options: Common) => {
      const { attach } = await import("./commands/attach.ts");
      done(await attach(batch, await settings(), output(options)));
    },
  );

  const actions = {
    pause: "begin no further tickets until resume",
    resume: "go on with a batch that is paused or blocked",
    cancel: "finish what is in flight and end the batch",
  } as const;
  for (const [action, description] of Object.entries(actions) as [keyof typeof actions, string][]) {
    command(`${action} <batch>`, description).action(async (batch: string, options: Common) => {
      const { operate } = await import("./commands/operate.ts");
      done(await operate(action, batch, await settings(), output(options)));
    });
  }

  command("rate", "change the most requests a second of a batch that runs")
    .argument("<batch>")
    .argument("<requests-a-second>", "a number above 0, or none for no maximum", rateOrNone)
    .action(async (batch: string, maxRate: number | undefined, options: Common) => {
      const { rate } = await import("./commands/rate.ts");
      done(await rate(batch, maxRate, await settings(), output(options)));
    });

  command("report <batch>", "every input row with its outcome")
    .addOption(
      new Option("--format <format>", "form of the report; default: by the ending of --out, else csv").choices([
        "csv",
        "jsonl",
        "html",
      ]),
    )
    .option(
      "--outcome <outcomes>",
      "only rows with these outcomes, separated by commas; refused: all that need mending",
    )
    .option("--out <file>", "write to a file instead of standard output")
    .action(async (batch: string, options: ReportOptions & Common) => {
      const { report } = await import("./commands/report.ts");
      done(await report(batch, options, await places(), output(options)));
    });

  registerAftercare(command, done);

  command("worker", "a worker in the foreground").action(async (options: Common) => {
    const { boundHeap } = await import("@caselink/worker/config");
    boundHeap(process.env);
    const { worker } = await import("./commands/worker.ts");
    done(await worker(await settings(), output(options)));
  });

  command("simulator", "the simulator of the API in the foreground")
    .option("--port <port>", "port to listen on; default: a free one", wholeNumber)
    .option("--config <file>", "JSON file with faults, tickets and limits")
    .action(async (options: Common & { port?: number; config?: string }) => {
      const { simulator } = await import("./commands/simulator.ts");
      done(await simulator(options, output(options)));
    });

  command("doctor", "check configuration, credentials, clock, API, Temporal and ledger; say what to do").action(
    async (options: Common) => {
      const { doctor } = await import("./commands/doctor.ts");
      done(await doctor(process.env, output(options)));
    },
  );

  return program;
}

interface RunForms {
  dryRun?: boolean;
  /** Id of a kept plan. */
  plan?: string;
}

function planning(command: Command): Command {
  return command
    .option("--group-id <id>", "group of rows that name none")
    .option("--map <field=Column>", "take a field from a column of another name (repeatable)", collectMap, {})
    .addOption(
      new Option(
        "--over-limit <policy>",
        "a ticket that cannot take all its rows gets none of them, or the first that fit",
      )
        .choices(["refuse", "fill"])
        .default("refuse"),
    )
    .option("--max-rate <number>", "most requests a second", positiveNumber)
    .option("--batch <id>", "own id of the batch: 1-64 of A-Z a-z 0-9 . _ -")
    .addOption(
      new Option("--give-up-after <duration>", "when to stop retrying what keeps failing: 90m, 24h, 2d")
        .argParser(patience)
        .default(DAY_MS, "24h"),
    )
    .addOption(
      new Option("--format <format>", "form of the input").choices(["csv", "tsv", "jsonl", "json", "xlsx", "parquet"]),
    );
}

function collectMap(pair: string, map: Record<string, string>): Record<string, string> {
  const at = pair.indexOf("=");
  if (at < 1 || at === pair.length - 1) throw new InvalidArgumentError("it takes field=Column, as in case_id=Ticket");
  return { ...map, [pair.slice(0, at)]: pair.slice(at + 1) };
}

const rateOrNone = (text: string): number | undefined => (text === "none" ? undefined : positiveNumber(text));

const DAY_MS = 86_400_000;

function patience(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds < 1 || milliseconds > 365 * DAY_MS) {
    throw new InvalidArgumentError("it takes a duration above 0 and up to 365d, such as 90m, 24h or 2d");
  }
  return milliseconds;
}

/** What follows the command's name, without what `run` does not take or what only changes the output. */
function typed(): string[] {
  const words = process.argv.slice(3).filter((word) => !NOT_PASSED_ON.has(word) && !word.startsWith("--out="));
  const at = words.indexOf("--out");
  return at < 0 ? words : words.toSpliced(at, 2);
}

const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  "--dry-run",
  "--json",
  "--quiet",
  "--check",
  "--skip-related",
  "--save",
]);

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("it takes a whole number");
  return Number(text);
}
