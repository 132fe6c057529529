import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { findTemporalCli } from "../../packages/cli/src/local/find-temporal-cli.ts";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";
import { startTemporalServer } from "../../packages/cli/src/local/temporal-server-process.ts";
import type { CliHarness } from "@caselink/test-support/cli";
import { ReplacedWorkers } from "./replaced-workers.ts";
import { PASSWORD, type Account, type ClusterStrike, type DrawnBatch, type DrawnChaos } from "./draw-chaos.ts";

/** The processes that run the batches of a chaos run. */
export interface ChaosEnvironment extends AsyncDisposable {
  /** The environment of a batch's commands. */
  envOf(batch: DrawnBatch): NodeJS.ProcessEnv;
  /** The address of Temporal; undefined if there is none at the moment. */
  temporalAddress(): Promise<string | undefined>;
  /** The processes that work chunks. */
  workers(): ChildProcess[];
  /** Kills Temporal. Something starts it again. */
  killTemporal(): Promise<void>;
  /** Strikes at a part of a cluster; false if nothing was there. Resolves when the strike is over. */
  strike?(action: ClusterStrike, choice: number): Promise<boolean>;
  /** Folders outside of the harness with what the run has stored. */
  folders?: readonly string[];
  /** Ends the workers, so that nothing more is sent. */
  settle(): Promise<void>;
}

export const SHIFT_CLOCK = new URL("shift-clock.mjs", import.meta.url).href;

/** The environment that every command and worker has. */
export const environmentFor = (apiUrl: string): NodeJS.ProcessEnv => ({
  CASELINK_TOKEN: "",
  CASELINK_IAM_ENDPOINT: apiUrl,
  CASELINK_IAM_PASSWORD: PASSWORD,
  CASELINK_IAM_DOMAIN: "acme",
  // The logs must not contain a secret either.
  CASELINK_LOG_LEVEL: "DEBUG",
});

export const envOfAccount = (account: Account): NodeJS.ProcessEnv => ({ CASELINK_IAM_USER: account });

const envOfClock = (clock: string | undefined): NodeJS.ProcessEnv =>
  clock === undefined ? {} : { NODE_OPTIONS: `--import=${SHIFT_CLOCK}`, CHAOS_CLOCK: clock };

/** Every command has a worker in its own process, and all share a local Temporal. */
export function localEnvironment(
  stage: CliHarness,
  { batches, clock }: DrawnChaos,
  commands: ReadonlyMap<string, ChildProcess>,
): ChaosEnvironment {
  return {
    envOf: (batch) => ({
      ...envOfAccount(batch.account),
      ...envOfClock(batch === batches[0] ? clock : undefined),
    }),
    temporalAddress: async () => (await stage.localTemporal().catch(() => undefined))?.address,
    workers: () => [...commands.values()],
    async killTemporal() {
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

/** A Temporal server and worker processes. */
export async function serverEnvironment(stage: CliHarness, { kinds, clock }: DrawnChaos): Promise<ChaosEnvironment> {
  const cli = await findTemporalCli({ env: process.env, log: (line) => console.error(line) });
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const files = { logFile: join(stage.folder, "cluster.log"), dbFile: join(stage.folder, "cluster.db") };
  const startTemporal = () => startTemporalServer({ cli, env: process.env, port, ...files, isDetached: false });
  const accounts: Account[] = kinds.includes("accounts")
    ? ["alice", "bob", "alice", "bob"]
    : ["alice", "alice", "alice"];

  let temporal = await startTemporal();
  const workers = new ReplacedWorkers(
    stage,
    accounts.map((account, at) => ({
      TEMPORAL_ADDRESS: address,
      ...envOfAccount(account),
      ...envOfClock(at === 0 ? clock : undefined),
    })),
  );
  return {
    envOf: ({ account }) => ({ TEMPORAL_ADDRESS: address, ...envOfAccount(account) }),
    temporalAddress: async () => address,
    workers: () => workers.children,
    async killTemporal() {
      await temporal.kill();
      temporal = await startTemporal();
    },
    settle: () => workers.settle(),
    async [Symbol.asyncDispose]() {
      workers.kill();
      await temporal.kill();
    },
  };
}
