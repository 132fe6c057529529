import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { CliHarness } from "@caselink/test-support/cli";
import { envOfAccount, SHIFT_CLOCK, type ChaosEnvironment } from "../crash/chaos-environment.ts";
import type { Account, ClusterStrike, DrawnChaos } from "../crash/draw-chaos.ts";
import { ReplacedWorkers } from "../crash/replaced-workers.ts";
import { BUCKET, startObjectStorage, type ObjectStorage } from "../object-storage/start-object-storage.ts";
import { installClusterPrograms } from "./cluster-programs.ts";
import { openFaultyLine, type FaultyLine } from "./faulty-line.ts";
import { startTemporalCluster, type TemporalCluster } from "./start-temporal-cluster.ts";

const OTHER_HOST = new URL("../crash/other-host.mjs", import.meta.url).href;
const LEDGER = `s3://${BUCKET}/chaos`;

/** Long enough that requests fail and are tried again, and short of what a command outlasts. */
const DOWN_MS = 5_000;
const SLOW_MS = 2_000;
const SLOW_FOR_MS = 15_000;
/** Longer than the heartbeat timeout: another worker has taken over when the line is repaired. */
const CUT_MS = 30_000;
const AGAIN_MS = 1_000;
/** Minutes of the clocks of the first two workers. */
const CLOCKS = ["-5", "5"];

/** The servers of a chaos run on a cluster; each is reached through a line that can fail. */
export interface ChaosCluster extends AsyncDisposable {
  /** What commands and workers need for the ledger. */
  env: NodeJS.ProcessEnv;
  temporal: TemporalCluster;
  storage: ObjectStorage;
  storageLine: FaultyLine;
}

export async function startChaosCluster(): Promise<ChaosCluster> {
  const programs = await installClusterPrograms();
  if ("missing" in programs) throw new Error(programs.missing);
  await using stack = new AsyncDisposableStack();
  const storage = stack.use(await startObjectStorage());
  const storageLine = stack.use(await openFaultyLine(storage.port));
  const temporal = stack.use(await startTemporalCluster(programs));
  const started = stack.move();
  return {
    env: {
      ...storage.env,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${storageLine.port}`,
      CASELINK_LEDGER: LEDGER,
    },
    temporal,
    storage,
    storageLine,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Worker processes, each with a line to Temporal, a state folder and a host name of its own. */
export async function clusterEnvironment(
  stage: CliHarness,
  { kinds }: DrawnChaos,
  { temporal, storage, storageLine }: ChaosCluster,
): Promise<ChaosEnvironment> {
  const accounts: Account[] = kinds.includes("accounts")
    ? ["alice", "bob", "alice", "bob"]
    : ["alice", "alice", "alice"];
  const port = Number(temporal.address.split(":")[1]);
  const lines = await Promise.all(accounts.map(() => openFaultyLine(port)));
  const clocks = kinds.includes("ten minutes") ? CLOCKS : [];
  const workers = new ReplacedWorkers(
    stage,
    accounts.map((account, at) => ({
      TEMPORAL_ADDRESS: `127.0.0.1:${lines[at]?.port}`,
      CASELINK_HOME: join(stage.folder, `.home-of-worker-${at}`),
      CHAOS_HOST: `worker-${at}`,
      NODE_OPTIONS: `--import=${OTHER_HOST} --import=${SHIFT_CLOCK}`,
      CHAOS_CLOCK: clocks[at] ?? "0",
      ...envOfAccount(account),
    })),
  );
  const strikes: Readonly<Record<ClusterStrike, (choice: number) => Promise<boolean>>> = {
    async "kill two workers"(choice) {
      const { children } = workers;
      const first = Math.floor(choice * children.length);
      const killed = [children[first], children[(first + 1) % children.length]].map((child) => child?.kill("SIGKILL"));
      return killed.includes(true);
    },
    async "kill PostgreSQL"() {
      await temporal.postgres.kill();
      await wait(DOWN_MS);
      await temporal.postgres.start();
      return true;
    },
    async "kill the object storage"() {
      await storage.kill();
      await wait(DOWN_MS);
      await storage.start();
      return true;
    },
    async "slow the object storage down"() {
      storageLine.slowDown(SLOW_MS);
      await wait(SLOW_FOR_MS);
      storageLine.repair();
      return true;
    },
    async "cut a worker off"(choice) {
      const line = lines[Math.floor(choice * lines.length)];
      line?.cut();
      await wait(CUT_MS);
      line?.repair();
      return line !== undefined;
    },
  };
  return {
    envOf: ({ account }) => ({ TEMPORAL_ADDRESS: temporal.address, ...envOfAccount(account) }),
    temporalAddress: async () => temporal.address,
    workers: () => workers.children,
    async killTemporal() {
      await temporal.kill();
      // It ends at its start if PostgreSQL has just been killed, too.
      while (!(await isDone(temporal.start()))) await wait(AGAIN_MS);
    },
    strike: (action, choice) => strikes[action](choice),
    folders: [storage.folder, temporal.postgres.folder],
    settle: () => workers.settle(),
    async [Symbol.asyncDispose]() {
      workers.kill();
      await Promise.all(lines.map((line) => line[Symbol.asyncDispose]()));
    },
  };
}

const isDone = (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );
