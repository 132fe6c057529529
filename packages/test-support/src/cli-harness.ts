import type { ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Simulator, SimulatorConfig } from "@caselink/simulator";
import { inject } from "vitest";
import { runAll } from "../../cli/src/engine/run-all.ts";
import { openLocalTemporal } from "../../cli/src/local/local-temporal.ts";
import { interrupt, startInThisProcess, type CommandHere } from "./start-in-this-process.ts";
import { startTestSimulator } from "./start-test-simulator.ts";
import { startWorkerHere, type WorkerHere } from "./start-worker-here.ts";
import { startCommand, type Command, type CommandResult, type JsonLine } from "./start-command.ts";

export type { Command, CommandHere, CommandResult, JsonLine, WorkerHere };

export interface CommandOptions {
  /** Over the environment of the harness; undefined removes a variable. */
  env?: NodeJS.ProcessEnv;
  /** Standard input; default: empty. */
  input?: string;
}

/** A simulator in this process, and commands with a working folder, a state folder and a ledger of their own. */
export interface CliHarness extends AsyncDisposable {
  simulator: Simulator;
  /** The working folder of the commands. */
  folder: string;
  home: string;
  ledger: string;
  write(name: string, content: string | Buffer): Promise<string>;
  /** Runs a command to its end. */
  run: (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
  /** Starts a command in this process, to be watched while other commands run. */
  follow: (args: readonly string[], options?: CommandOptions) => CommandHere;
  /** Starts a command in a process of its own, to be watched, interrupted or killed. */
  start: (args: readonly string[], options?: CommandOptions) => Command;
  /** Starts a worker in this process, on the Temporal server of the test run. */
  startWorker(env?: NodeJS.ProcessEnv): Promise<WorkerHere>;
  /** Starts a worker in a process of its own, and waits until it works. */
  startWorkerProcess(env?: NodeJS.ProcessEnv): Promise<Command>;
  /** The environment of its commands, for other programs. */
  environment(): NodeJS.ProcessEnv;
  /** All that the commands in processes of their own have printed. */
  printed(): string;
  /** The rows of a batch's report. */
  report(batch: string): Promise<JsonLine[]>;
  /** Keeps the local Temporal running between commands, until the result is disposed of. */
  keepLocalTemporal(): Promise<AsyncDisposable>;
  /** The local Temporal of the state folder, as it is stored there. */
  localTemporal(): Promise<{ pid: number; address: string; phase: string }>;
}

/** Over the environment of every command; undefined removes a variable. A function gets the address of the simulator. */
type Environment = NodeJS.ProcessEnv | ((apiUrl: string) => NodeJS.ProcessEnv);

interface Variant {
  /** True if `run` starts a process for each command; a local Temporal counts its users by process. */
  hasProcesses: boolean;
}

/** Opens a harness whose `run` calls the command in this process: quick, for what needs no process of its own. */
export const openCliHarness = (config?: SimulatorConfig, env?: Environment): Promise<CliHarness> =>
  openHarness(config, env, { hasProcesses: false });

/** Opens a harness whose `run` starts a process for each command, as a user does: for starts, signals and the local Temporal. */
export const openProcessHarness = (config?: SimulatorConfig, env?: Environment): Promise<CliHarness> =>
  openHarness(config, env, { hasProcesses: true });

/** Opens a harness on the Temporal server of the test run. The test starts the worker, because each test has its own API. */
export const openCluster = (config?: SimulatorConfig, env: Environment = {}): Promise<CliHarness> =>
  openCliHarness(config, (apiUrl) => ({
    TEMPORAL_ADDRESS: inject("temporalAddress"),
    CASELINK_LOG_LEVEL: "ERROR",
    ...variablesOf(env, apiUrl),
  }));

const variablesOf = (env: Environment, apiUrl: string): NodeJS.ProcessEnv =>
  typeof env === "function" ? env(apiUrl) : env;

async function openHarness(
  config: SimulatorConfig = {},
  env: Environment = {},
  { hasProcesses }: Variant,
): Promise<CliHarness> {
  const simulator = await startTestSimulator(config);
  const folder = await mkdtemp(join(tmpdir(), "caselink-cli-"));
  const home = join(folder, ".home");
  const ledger = join(folder, ".ledger");
  const running = new Set<ChildProcess>();
  const followed = new Set<CommandHere>();
  const workers: WorkerHere[] = [];
  const outputs: (() => string)[] = [];

  const environmentOf = (options: CommandOptions): NodeJS.ProcessEnv => ({
    PATH: process.env["PATH"],
    HOME: folder,
    CASELINK_TEMPORAL_CLI: process.env["CASELINK_TEMPORAL_CLI"],
    // Otherwise each home begins with an empty cache, and its first commands compile Temporal's modules again.
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
    CASELINK_HOME: home,
    CASELINK_LEDGER: ledger,
    CASELINK_ENDPOINT: simulator.url,
    CASELINK_TOKEN: "demo-token",
    ...variablesOf(env, simulator.url),
    ...options.env,
  });

  function start(args: readonly string[], options: CommandOptions = {}): Command {
    const command = startCommand(args, { env: environmentOf(options), cwd: folder, input: options.input ?? "" });
    const { child } = command;
    running.add(child);
    child.once("close", () => running.delete(child));
    outputs.push(command.printed);
    return command;
  }

  function follow(args: readonly string[], options: CommandOptions = {}): CommandHere {
    const command = startInThisProcess(args, { env: environmentOf(options), cwd: folder, input: options.input ?? "" });
    followed.add(command);
    const forget = (): void => void followed.delete(command);
    void command.ended.then(forget, forget);
    return command;
  }

  const run = (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
    (hasProcesses ? start(args, options) : follow(args, options)).ended;

  return {
    simulator,
    folder,
    home,
    ledger,
    start,
    follow,
    run,
    environment: () => environmentOf({}),
    printed: () => outputs.map((printed) => printed()).join("\n"),
    async write(name, content) {
      await writeFile(join(folder, name), content);
      return name;
    },
    async startWorker(more = {}) {
      const worker = await startWorkerHere(environmentOf({ env: more }));
      workers.push(worker);
      return worker;
    },
    async startWorkerProcess(more = {}) {
      const worker = start(["worker", "--json"], { env: more });
      await worker.says('"working"');
      return worker;
    },
    async report(batch) {
      const { status, stderr, lines } = await run(["report", batch, "--json"]);
      if (status !== 0) throw new Error(stderr);
      return lines();
    },
    keepLocalTemporal() {
      return openLocalTemporal({ home, cli: inject("temporalCli"), env: environmentOf({}), log: () => undefined });
    },
    localTemporal: () => readLocalTemporal(home),
    async [Symbol.asyncDispose]() {
      const ends = [...running].map((child) => new Promise((resolve) => child.once("close", resolve)));
      for (const child of running) child.kill("SIGKILL");
      // Every step is taken, also after one that fails.
      await runAll([
        async () => void (await Promise.all(ends)),
        // A test that failed does not wait for the commands that it follows.
        () => interrupt(followed),
        ...workers.map((worker) => () => worker.stop()),
        () => simulator.close(),
        () => killLocalTemporal(home),
        () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
      ]);
    },
  };
}

const readLocalTemporal = async (home: string): ReturnType<CliHarness["localTemporal"]> =>
  JSON.parse(await readFile(join(home, "temporal.json"), "utf8")) as Awaited<ReturnType<CliHarness["localTemporal"]>>;

/** The last command of a local Temporal only asks it to stop; one that was killed leaves it running. */
async function killLocalTemporal(home: string): Promise<void> {
  const state = await readLocalTemporal(home).catch(() => undefined);
  if (state === undefined) return;
  try {
    process.kill(state.pid, "SIGKILL");
  } catch {
    // it has ended
  }
}
