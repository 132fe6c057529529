import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findTemporalCli } from "../../packages/cli/src/local/find-temporal-cli.ts";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";
import { startTemporalServer } from "../../packages/cli/src/local/temporal-server-process.ts";
import { pick } from "../../packages/workflows/test/simulation/random.ts";
import type { CliHarness } from "@caselink/test-support/cli";

/** The processes that run the batches of a chaos run, and the faults that can be injected into them. */
export interface ChaosEnvironment extends AsyncDisposable {
  /** The environment of the commands. */
  readonly env: NodeJS.ProcessEnv;
  /** Kills or stops a random process that is not a command, and reports which one just before. */
  strike(random: () => number, record: (what: string) => void): Promise<void>;
  /** Waits until every stopped process has ended, so that nothing more is sent. */
  settle(): Promise<void>;
}

/** Every command has a worker in its own process, and all share a local Temporal. */
export function localEnvironment(stage: CliHarness): ChaosEnvironment {
  return {
    env: {},
    async strike(_random, record) {
      record("temporal");
      const state = await stage.localTemporal().catch(() => undefined);
      try {
        if (state !== undefined) process.kill(state.pid, "SIGKILL");
      } catch {
        // it has just ended, or is being started
      }
    },
    async settle() {},
    async [Symbol.asyncDispose]() {},
  };
}

/** Longer than the heartbeat timeout, so that a successor already works when the stopped worker continues. */
const STALL_MS = 14_000;
const WORKERS = 3;

/** A Temporal server and three worker processes, which are started again when they end, as on a cluster. */
export async function clusterEnvironment(stage: CliHarness): Promise<ChaosEnvironment> {
  const cli = await findTemporalCli({ env: process.env, log: (line) => console.error(line) });
  const port = await findFreePort();
  const env = { TEMPORAL_ADDRESS: `127.0.0.1:${port}` };
  const files = { logFile: join(stage.folder, "cluster.log"), dbFile: join(stage.folder, "cluster.db") };
  const startTemporal = () => startTemporalServer({ cli, env: process.env, port, ...files, isDetached: false });

  let isOver = false;
  let temporal = await startTemporal();
  const workers = Array.from({ length: WORKERS }, startWorker);
  const stalls: Promise<void>[] = [];

  function startWorker(): ReturnType<CliHarness["start"]> {
    const worker = stage.start(["worker", "--json"], { env });
    void replaceOnceEnded(worker);
    return worker;
  }

  async function replaceOnceEnded(worker: ReturnType<CliHarness["start"]>): Promise<void> {
    await worker.ended;
    if (!isOver) workers[workers.indexOf(worker)] = startWorker();
  }

  return {
    env,
    async strike(random, record) {
      const what = pick(random, ["a worker", "a worker, stopped for a while", "temporal"]);
      record(what);
      const { child } = pick(random, workers);
      if (what === "temporal") {
        await temporal.kill();
        temporal = await startTemporal();
      } else if (what === "a worker") {
        child.kill("SIGKILL");
      } else {
        child.kill("SIGSTOP");
        stalls.push(pause(STALL_MS).then(() => void child.kill("SIGCONT")));
      }
    },
    async settle() {
      await Promise.all(stalls);
      isOver = true;
      for (const { child } of workers) child.kill("SIGTERM");
      await Promise.all(workers.map(({ ended }) => ended));
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      for (const { child } of workers) child.kill("SIGKILL");
      await temporal.kill();
    },
  };
}
