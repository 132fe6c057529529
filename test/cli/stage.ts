import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSimulator, type Simulator, type SimulatorConfig } from "@caselink/simulator";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

export type JsonLine = Record<string, unknown>;

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
  /** The lines of standard output, each of which must be JSON. */
  lines: () => JsonLine[];
  /** The last of them. */
  last: () => JsonLine;
}

interface Command {
  child: ChildProcess;
  /** Resolves as soon as standard output or standard error contains the text. */
  says: (text: string) => Promise<void>;
  ended: Promise<Ended>;
}

interface CommandOptions {
  env?: NodeJS.ProcessEnv;
  /** Content of standard input; default: empty. */
  input?: string;
}

/** A simulator in this process, and commands in other processes, with their own state folder. */
export interface Stage extends AsyncDisposable {
  simulator: Simulator;
  /** The working folder of the commands, with their inputs. */
  folder: string;
  home: string;
  ledger: string;
  write(name: string, content: string | Buffer): Promise<string>;
  start: (args: readonly string[], options?: CommandOptions) => Command;
  run: (args: readonly string[], options?: CommandOptions) => Promise<Ended>;
  /** Starts a worker on the cluster that `env` names, and waits until it is ready. */
  startWorker(env?: NodeJS.ProcessEnv): Promise<Command>;
}

/** @param env added to the environment of every command; undefined removes a variable */
export async function openStage(config: SimulatorConfig = {}, env: NodeJS.ProcessEnv = {}): Promise<Stage> {
  const simulator = await startSimulator(config);
  const folder = await mkdtemp(join(tmpdir(), "caselink-cli-"));
  const home = join(folder, ".home");
  const ledger = join(folder, ".ledger");
  const running = new Set<ChildProcess>();

  function start(args: readonly string[], options: CommandOptions = {}): Command {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        CASELINK_TEMPORAL_CLI: process.env["CASELINK_TEMPORAL_CLI"],
        CASELINK_HOME: home,
        CASELINK_LEDGER: ledger,
        CASELINK_ENDPOINT: simulator.url,
        CASELINK_TOKEN: "demo-token",
        ...env,
        ...options.env,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    running.add(child);
    child.stdin.on("error", () => undefined); // a command that rejects its options does not read it
    child.stdin.end(options.input ?? "");
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const ended = once(child, "close").then(([status]): Ended => {
      running.delete(child);
      const lines = () => stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as JsonLine]));
      return { status: status as number | null, stdout, stderr, lines, last: () => lines().at(-1) ?? {} };
    });
    return {
      child,
      ended,
      says: (text) =>
        new Promise((resolve, reject) => {
          const look = () => (stdout + stderr).includes(text) && resolve();
          child.stdout.on("data", look);
          child.stderr.on("data", look);
          child.once("close", () => reject(new Error(`it ended without "${text}":\n${stdout}\n${stderr}`)));
          look();
        }),
    };
  }

  return {
    simulator,
    folder,
    home,
    ledger,
    start,
    run: (args, options) => start(args, options).ended,
    async write(name, content) {
      await writeFile(join(folder, name), content);
      return name;
    },
    async startWorker(more = {}) {
      const worker = start(["worker", "--json"], { env: more });
      await worker.says('"working"');
      return worker;
    },
    async [Symbol.asyncDispose]() {
      const ends = [...running].map((child) => once(child, "close"));
      for (const child of running) child.kill("SIGKILL");
      await Promise.all(ends);
      await simulator.close();
      await killLocalTemporal(home);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Kills the local Temporal: the last command only requests its stop. */
async function killLocalTemporal(home: string): Promise<void> {
  const state = await readFile(join(home, "temporal.json"), "utf8").catch(() => undefined);
  if (state === undefined) return;
  try {
    process.kill((JSON.parse(state) as { pid: number }).pid, "SIGKILL");
  } catch {
    // it has already ended
  }
}

/** The lines of a CSV with the contract's columns. */
export const csv = (...rows: string[]): string => ["case_id,related_id,group_id", ...rows, ""].join("\n");

/** `perTicket` rows for each of `tickets` tickets. */
export const rowsOf = (tickets: number, perTicket = 1): string[] =>
  Array.from({ length: tickets * perTicket }, (_, at) => `T${Math.floor(at / perTicket)},r${at},g`);

/** Every file below a folder, with its bytes. */
export async function filesIn(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file)] as const)));
}
