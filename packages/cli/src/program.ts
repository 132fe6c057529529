import { readFileSync } from "node:fs";
import { Argument, Command, CommanderError, Option } from "commander";
import type { ClusterAction, ClusterOptions } from "./commands/cluster.ts";
import type { CodecServerCommandOptions } from "./commands/codec-server.ts";
import type { ProbeCommandOptions } from "./commands/doctor-probe.ts";
import type { ForgetOptions } from "./commands/forget.ts";
import {
  addPlanOptions,
  collect,
  DEFAULT_RETENTION_MS,
  positiveNumber,
  rateOrNone,
  retention,
  wholeNumber,
  wordsForRun,
} from "./commands/options.ts";
import type { PlanOnlyOptions } from "./commands/plan.ts";
import type { ReportOptions } from "./commands/report.ts";
import type { RetryOptions } from "./commands/retry.ts";
import type { RunOptions } from "./commands/run.ts";
import type { VerifyOptions } from "./commands/verify.ts";
import { SHELLS, type Shell } from "./completion/shells.ts";
import { exitStatus, type ExitStatus } from "./errors.ts";
import { completeHelp, HELP_FORMAT, HELP_OPTION } from "./help/lay-out-help.ts";
import { TOPIC_NAMES } from "./help/topic-names.ts";
import { t, translated, useLanguage } from "./language/words.ts";
import { Output } from "./output.ts";
import { USUAL_COLUMNS } from "./screen/format.ts";
import type { BaseSettings, CommandHost, Settings } from "./settings.ts";

/** The options that every command has. */
interface Common {
  json?: boolean;
  quiet?: boolean;
}

/** The two forms of `run` that do not plan and run an input. */
interface RunForms {
  dryRun?: boolean;
  /** Id of a saved plan. */
  plan?: string;
}

/**
 * Runs the command line to its end and returns its exit status. Never throws: an error is printed.
 *
 * @param args what follows the command's name
 */
export async function runCommandLine(args: readonly string[], host: CommandHost): Promise<ExitStatus> {
  let status: ExitStatus = exitStatus.succeeded;
  try {
    await useLanguage(host.env);
    await createProgram(args, host, (ended) => (status = ended)).parseAsync(args, { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.succeeded : exitStatus.userError;
    const { describeError, errorEvents } = await import("./screen/error-screen.ts");
    const output = new Output(host, host.env, { json: args.includes("--json") });
    for (const event of errorEvents(error)) output.event(event);
    const described = describeError(error, host.env);
    output.note(`caselink: ${described.message}`);
    return described.status;
  }
}

/** Roles as in doctor/roles.ts, in lines for a terminal. */
const DOCTOR_HELP = `
Roles of the service:
  Ticket Group Operator  handles tickets of the same group, cannot create any
  Ticket Administrator   creates tickets, cannot handle others' of the group
To associate tickets of the same group, a user needs Ticket Group Operator.`;

const columnsOf = ({ isTTY, columns }: CommandHost["stdout"]): number => (isTTY && columns) || USUAL_COLUMNS;

/** Defines the commands and returns the program. Each module in `commands/` is loaded when its command runs, so that the command starts quickly. */
function createProgram(args: readonly string[], host: CommandHost, done: (status: ExitStatus) => void): Command {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const program = new Command("caselink")
    .description("Associate Huawei Cloud service tickets in bulk. Every row is accounted for, also after a crash.")
    .version(version, "-V, --version", "print the version")
    .configureHelp(HELP_FORMAT)
    .helpCommand(false)
    .helpOption(...HELP_OPTION)
    .showHelpAfterError(t`(caselink --help lists all commands)`)
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      getOutHelpWidth: () => columnsOf(host.stdout),
      getErrHelpWidth: () => columnsOf(host.stderr),
      outputError: (text, write) => write(`caselink: ${translated(text.replace(/^error: /, "").trimEnd())}\n`),
    })
    .exitOverride();

  const output = (options: Common): Output => new Output(host, host.env, options);
  // Loaded late: `--version` and `--help` need no ledger.
  const baseSettings = async (): Promise<BaseSettings> => (await import("./settings.ts")).readBaseSettings(host);
  const settings = async (): Promise<Settings> => (await import("./settings.ts")).readSettings(host);

  const command = (name: string, description: string): Command => program.command(name).description(description);

  program.commandsGroup("Plan and run:");
  addPlanOptions(command("plan <input...>", "validate and group rows, show what would be sent; sends nothing"))
    .option("--save", "save the plan, for caselink run --plan")
    .option("--yes", "accepted as for run; plan asks no question")
    .optionsGroup("Prediction:")
    .option("--check", "read the tickets and predict the outcome of every row; continues an interrupted check")
    .option("--skip-related", "with --check: do not read the related tickets")
    .option(
      "--out <file>",
      "with --check: write every row with its predicted outcome; CSV, or lines of JSON for .jsonl",
    )
    .action(async (inputs: string[], options: PlanOnlyOptions & Common) => {
      const { plan } = await import("./commands/plan.ts");
      done(await plan(inputs, options, await baseSettings(), output(options), wordsForRun(args.slice(1))));
    });

  addPlanOptions(command("run [input...]", "plan, then run durably and follow the batch to its end"))
    .optionsGroup("Run:")
    .addOption(
      new Option("--plan <batch>", "run a plan that plan --save saved").conflicts([
        "groupId",
        "sheet",
        "map",
        "overLimit",
        "maxRate",
        "batch",
        "giveUpAfter",
        "readLag",
        "format",
        "dryRun",
      ]),
    )
    .option("--dry-run", "same as caselink plan")
    .option("--detach", "return as soon as the batch has started")
    .option("--yes", "if some rows are invalid, run the valid ones without a question")
    .action(async (inputs: string[], options: RunOptions & Common & RunForms, self: Command) => {
      if (inputs.length === 0 && options.plan === undefined) {
        self.error("missing required argument 'input', or --plan with a saved plan");
      }
      if (inputs.length > 0 && options.plan !== undefined) {
        self.error("--plan takes no input: a saved plan has its own rows");
      }
      if (options.plan !== undefined) {
        const { runPlan } = await import("./commands/run-plan.ts");
        return done(await runPlan(options.plan, options, await settings(), output(options)));
      }
      if (options.dryRun) {
        const { plan } = await import("./commands/plan.ts");
        return done(await plan(inputs, options, await baseSettings(), output(options), wordsForRun(args.slice(1))));
      }
      const { run } = await import("./commands/run.ts");
      done(await run(inputs, options, await settings(), output(options)));
    });

  program.commandsGroup("Batches:");
  command("list", "batches in the ledger, newest first").action(async (options: Common) => {
    const { list } = await import("./commands/list.ts");
    done(await list(await baseSettings(), output(options)));
  });

  command("status <batch>", "counts, rate, time left, and why the batch waits or is blocked")
    .option("--watch", "repeat until the batch ends")
    .action(async (batch: string, options: Common & { watch?: boolean }) => {
      const { status } = await import("./commands/status.ts");
      done(await status(batch, options, await settings(), output(options)));
    });

  command("attach <batch>", "follow a batch; in local mode also continue an interrupted one").action(
    async (batch: string, options: Common) => {
      const { attach } = await import("./commands/attach.ts");
      done(await attach(batch, await settings(), output(options)));
    },
  );

  const actions = {
    pause: "start no further tickets until resume",
    resume: "continue a batch that is paused or blocked",
    cancel: "finish the requests in flight, then end the batch",
  } as const;
  for (const [action, description] of Object.entries(actions) as [keyof typeof actions, string][]) {
    const operation = command(`${action} <batch>`, description);
    if (action === "resume")
      operation.option("--take-over", "work the batch with the environment's account from now on");
    operation.action(async (batch: string, options: Common & { takeOver?: boolean }) => {
      const { operate } = await import("./commands/operate.ts");
      done(await operate(action, batch, await settings(), output(options), options.takeOver));
    });
  }

  command("rate", "change the maximum rate of a running batch")
    .argument("<batch>")
    .argument("<rate>", "requests per second, above 0; none removes the maximum", rateOrNone)
    .action(async (batch: string, maxRate: number | undefined, options: Common) => {
      const { rate } = await import("./commands/rate.ts");
      done(await rate(batch, maxRate, await settings(), output(options)));
    });

  program.commandsGroup("After the end:");
  command("report <batch>", "every input row with its outcome")
    .addOption(
      new Option("--format <format>", "format of the report; default: by the extension of --out, else csv").choices([
        "csv",
        "jsonl",
        "html",
      ]),
    )
    .option(
      "--outcome <outcomes>",
      "only rows with these outcomes, separated by commas; needs-fix: all rows that fail again if they are not changed",
    )
    .option("--out <file>", "write to a file instead of standard output")
    .action(async (batch: string, options: ReportOptions & Common) => {
      const { report } = await import("./commands/report.ts");
      done(await report(batch, options, await baseSettings(), output(options)));
    });

  command("retry <batch>", "new batch from the rows that did not succeed but still can")
    .option(
      "--outcome <outcomes>",
      "retry the rows with these outcomes, separated by commas; default: failed,cancelled",
    )
    .option("--detach", "return as soon as the batch has started")
    .option("--yes", "do not ask for confirmation")
    .action(async (batch: string, options: RetryOptions & Common) => {
      const { retry } = await import("./commands/retry.ts");
      done(await retry(batch, options, await settings(), output(options)));
    });

  command("undo <batch>", "remove exactly the associations that the batch created")
    .option("--yes", "do not ask for confirmation")
    .action(async (batch: string, options: Common & { yes?: boolean }) => {
      const { undo } = await import("./commands/undo.ts");
      done(await undo(batch, options, await settings(), output(options)));
    });

  command("verify <batch>", "read every ticket again and list each difference from the report; changes nothing")
    .option("--max-rate <number>", "maximum requests per second; default: that of the batch", positiveNumber)
    .option("--report <file>", "also check a report file that report --out wrote (repeatable)", collect, [])
    .option("--out <file>", "write the differences to a file: CSV, or lines of JSON for .jsonl")
    .action(async (batch: string, options: VerifyOptions & Common) => {
      const { verify } = await import("./commands/verify.ts");
      done(await verify(batch, options, await baseSettings(), output(options)));
    });

  command("forget <batch>", "delete the files of a batch that has ended or was only planned; its associations stay")
    .option("--yes", "do not ask for confirmation")
    .action(async (batch: string, options: ForgetOptions & Common) => {
      const { forget } = await import("./commands/forget.ts");
      done(await forget(batch, options, await baseSettings(), output(options)));
    });

  program.commandsGroup("Set-up and help:");
  command("worker", "run a worker in the foreground").action(async (options: Common) => {
    const { worker } = await import("./commands/worker.ts");
    done(await worker(await settings(), output(options)));
  });

  command("cluster", "prepare a Temporal cluster for batches, or check that it is prepared")
    .addArgument(
      new Argument("<action>", "setup creates what is missing; check only says what is").choices(["setup", "check"]),
    )
    .option("--create-namespace", "with setup: create the namespace of TEMPORAL_NAMESPACE if it does not exist")
    .addOption(
      new Option("--retention <duration>", "of a new namespace: how long Temporal keeps the end of a batch, 3d or more")
        .argParser(retention)
        .default(DEFAULT_RETENTION_MS, "30d"),
    )
    .action(async (action: ClusterAction, options: ClusterOptions & Common) => {
      const { cluster } = await import("./commands/cluster.ts");
      done(await cluster(action, options, await settings(), output(options)));
    });

  command("codec-server", "show decrypted payloads in Temporal's web page, to those who may see them")
    .option("--port <port>", "port to listen on; default: any free port", wholeNumber)
    .option("--host <address>", "address to listen on; others than this machine need CASELINK_CODEC_TOKEN", "127.0.0.1")
    .option("--origin <url>", "a web page that may use it, as https://temporal.example.com (repeatable)", collect, [])
    .action(async (options: CodecServerCommandOptions & Common) => {
      const { codecServer } = await import("./commands/codec-server.ts");
      done(await codecServer(options, host, output(options)));
    });

  command("simulator", "run the simulator of the API in the foreground")
    .option("--port <port>", "port to listen on; default: any free port", wholeNumber)
    .option("--config <file>", "JSON file with faults, tickets and limits")
    .action(async (options: Common & { port?: number; config?: string }) => {
      const { simulator } = await import("./commands/simulator.ts");
      done(await simulator(options, host, output(options)));
    });

  command("doctor", "check configuration, credentials, clock, API, Temporal and ledger; say what to fix")
    .option(
      "--probe <tickets...>",
      "with two tickets of your own, find out how the API behaves; leaves them as they were",
    )
    .option("--group-id <id>", "with --probe: the group of the two tickets")
    .option("--yes", "with --probe: do not ask for confirmation")
    .addHelpText("after", () => translated(DOCTOR_HELP))
    .action(async (options: Partial<ProbeCommandOptions> & Common) => {
      const { probe } = options;
      if (probe !== undefined) {
        const { doctorProbe } = await import("./commands/doctor-probe.ts");
        return done(await doctorProbe({ ...options, probe }, host, output(options)));
      }
      const { doctor } = await import("./commands/doctor.ts");
      done(await doctor(host, output(options)));
    });

  addHelpers(program, host, done);
  completeHelp(program, HELPERS);
  return program;
}

/** The commands that print help and complete words. They have no options. */
const HELPERS: ReadonlySet<string> = new Set(["completion", "help", "complete"]);

const shellArgument = (): Argument => new Argument("<shell>", "the shell that the script is for").choices(SHELLS);

function addHelpers(program: Command, host: CommandHost, done: (status: ExitStatus) => void): void {
  program
    .command("completion")
    .description("print a script that completes commands, options and batch ids")
    .addArgument(shellArgument())
    .action(async (name: Shell) => {
      const { scriptFor } = await import("./completion/shell-scripts.ts");
      host.stdout.write(scriptFor(name));
    });
  program
    .command("help [topic]")
    .description(`the help of a command, or of a topic: ${TOPIC_NAMES.join(", ")}`)
    .action(async (name: string | undefined) => {
      const { help } = await import("./commands/help.ts");
      done(await help(name, program, host, columnsOf(host.stdout)));
    });
  // The scripts of the shells call it for each completion.
  program
    .command("complete", { hidden: true })
    .addArgument(shellArgument())
    .argument("[words...]")
    .action(async (name: Shell, words: string[]) => {
      const { complete } = await import("./commands/complete.ts");
      done(await complete(name, words, program, host));
    });
}
