import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startSimulator, type Simulator, type SimulatorConfig } from "@caselink/simulator";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

/** The last line of `run` and `attach`. */
type Summary = Record<string, number | string>;

interface Command {
  child: ChildProcess;
  /** Resolves with the first event of this name that the command prints. */
  event(name: string): Promise<Record<string, unknown>>;
  /** The exit status and the last printed line. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; last: Summary; errors: string }>;
}

/** A simulator in this process, and commands in other processes, with their own state folder. */
export interface Stage extends AsyncDisposable {
  simulator: Simulator;
  /** The folder of all files. */
  folder: string;
  home: string;
  csv(name: string, rows: readonly (readonly string[])[]): Promise<string>;
  start(args: string[], env?: NodeJS.ProcessEnv): Command;
  /** Everything that the commands have printed. */
  printed(): string;
  /** The rows of a batch's report. */
  report(batch: string): Promise<Record<string, unknown>[]>;
}

export async function openStage(config: SimulatorConfig, env: NodeJS.ProcessEnv = {}): Promise<Stage> {
  const simulator = await startSimulator(config);
  const folder = await mkdtemp(join(tmpdir(), "caselink-crash-"));
  const home = join(folder, "home");
  const running = new Set<ChildProcess>();
  let printed = "";

  function start(args: string[], more: NodeJS.ProcessEnv = {}): Command {
    const child = spawn(process.execPath, [main, ...args, "--json"], {
      env: {
        ...process.env,
        CASELINK_HOME: home,
        CASELINK_LEDGER: join(folder, "ledger"),
        CASELINK_ENDPOINT: simulator.url,
        CASELINK_IAM_ENDPOINT: simulator.url,
        CASELINK_TOKEN: "demo-token",
        CASELINK_LOG_LEVEL: "ERROR",
        ...env,
        ...more,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    const events: Record<string, unknown>[] = [];
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
      printed += text;
    });
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      printed += `${line}\n`;
      events.push(JSON.parse(line) as Record<string, unknown>);
      child.emit("event");
    });
    const ended = once(child, "close").then(([code, signal]) => {
      running.delete(child);
      child.emit("event");
      return {
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        last: events.at(-1) as Summary,
        errors,
      };
    });
    return {
      child,
      ended,
      async event(name) {
        for (;;) {
          const found = events.find(({ event }) => event === name);
          if (found) return found;
          if (child.exitCode !== null) throw new Error(`the command ended without an event ${name}: ${errors}`);
          await once(child, "event");
        }
      },
    };
  }

  return {
    simulator,
    folder,
    home,
    printed: () => printed,
    start,
    async csv(name, rows) {
      const path = join(folder, name);
      await writeFile(path, ["case_id,related_id,group_id", ...rows.map((row) => row.join(",")), ""].join("\n"));
      return path;
    },
    async report(batch) {
      const out = join(folder, "report.jsonl");
      const { code, errors } = await start(["report", batch, "--format", "jsonl", "--out", out]).ended;
      if (code !== 0) throw new Error(errors);
      const lines = (await readFile(out, "utf8")).trim().split("\n");
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill("SIGKILL");
      await simulator.close();
      // A killed command may have left its local Temporal running.
      const state = await readFile(join(home, "temporal.json"), "utf8").catch(() => undefined);
      if (state) {
        try {
          process.kill((JSON.parse(state) as { pid: number }).pid, "SIGKILL");
        } catch {
          // it has already ended
        }
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** `perTicket` rows for each of `tickets` tickets. */
export const rowsOf = (tickets: number, perTicket: number): string[][] =>
  Array.from({ length: tickets * perTicket }, (_, i) => [`T${i % tickets}`, `r${i}`, "g"]);
