import type { ChildProcess } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { openProcessHarness } from "@caselink/test-support/cli";
import { environmentFor, localEnvironment, serverEnvironment } from "./chaos-environment.ts";
import { checkReports, checkSecrecy, checkServer, checkVerify } from "./check-chaos.ts";
import {
  NO_FAULTS,
  PER_TICKET,
  TICKETS,
  type ChaosKind,
  type ChaosServers,
  type DrawnBatch,
  type DrawnChaos,
  type Strike,
} from "./draw-chaos.ts";
import { followThrough } from "./follow-through.ts";
import { pauseForAWhile } from "./pause-batch.ts";
import { RenameStops } from "./rename-stops.ts";
import { StoppedProcesses } from "./stopped-processes.ts";
import { TemporalOperator } from "./temporal-operator.ts";

/** After this time the batches count as stuck. Waits grow up to a minute, so that an unlucky run takes several minutes. */
const LATE_MS = 900_000;
/** The password, and the tokens that the simulator issues. */
const SECRETS = [/Canary-Password/, /simulated-[\w-]{20}/];
/** Strikes at what commands need, who may give up for it with exit status 1. */
const BELOW = /^(kill Temporal|kill PostgreSQL|(kill|slow) the object storage)/;
/** The associations that the server has from the start. */
const HELD_BEFORE = 6;

export interface ChaosRun {
  seed: number;
  place: ChaosServers;
  /** The kinds that the seed has drawn. */
  kinds: ChaosKind[];
  batches: number;
  /** What was done to the run, in its order. */
  strikes: string[];
  requests: number;
  seconds: number;
  /** The broken promises. */
  violations: string[];
}

/**
 * Runs several batches on the same tickets at the same time, and undoes and retries them. The server loses responses, hangs,
 * throttles, goes down for a while, shows writes late, lets tokens expire, fails to issue new ones, and does not enforce the
 * limit. Meanwhile the kinds of faults and of actions happen that the seed draws.
 *
 * @param keepIn a folder that gets all files of a run with violations, and the server's journal; default: none
 */
export async function runChaos(drawn: DrawnChaos, keepIn?: string): Promise<ChaosRun> {
  const { seed, kinds, batches } = drawn;
  const startedAt = performance.now();
  // Its module builds an S3 server if there is none.
  const parts = drawn.place === "cluster" ? await import("../cluster/chaos-cluster.ts") : undefined;
  await using cluster = await parts?.startChaosCluster();
  await using stage = await openProcessHarness(drawn.simulator, (apiUrl) => ({
    ...environmentFor(apiUrl),
    ...cluster?.env,
  }));
  const { simulator } = stage;
  const commands = new Map<string, ChildProcess>();
  await using place =
    parts && cluster
      ? await parts.clusterEnvironment(stage, drawn, cluster)
      : drawn.place === "server"
        ? await serverEnvironment(stage, drawn)
        : localEnvironment(stage, drawn, commands);
  const strikes: string[] = [];
  const changes = (): number => simulator.counts().written + simulator.counts().removed;
  const record = (what: string): void => void strikes.push(`${what} after ${changes()} changes`);

  const processes = new StoppedProcesses();
  const operator = new TemporalOperator(() => place.temporalAddress());
  const renames = new RenameStops(stage.ledger, {
    processes,
    candidates: () => place.workers(),
    choose: (candidates) => candidates[Math.floor(Math.random() * candidates.length)],
    times: drawn.renameStops,
    record,
  });

  /** What takes a while, and ends by itself. */
  const lasting: Promise<void>[] = [];
  const over = new AbortController();
  const runs = {
    stage,
    drawn,
    envOf: (batch: DrawnBatch) => place.envOf(batch),
    running: commands,
    hasFailedBelow: () => strikes.some((strike) => BELOW.test(strike)),
    hasTerminated: (batch: string) => operator.terminated.has(batch),
    record,
    over: over.signal,
  };
  const ends = Promise.all(batches.map((batch) => followThrough(batch, runs))).finally(() => over.abort());
  const striking = strikeInOrder();
  const late = pause(LATE_MS, undefined, { signal: over.signal }).catch(() => ends);
  const broken = await Promise.race([ends, late]);
  renames.end();
  if (!broken) {
    const open = await operator.describeOpen();
    over.abort();
    striking.catch(() => undefined);
    return await end([`after ${LATE_MS / 1000} s: ${await standings()}\n${open}`]);
  }
  await striking;
  await Promise.all(lasting);
  await processes.settle();
  await place.settle();
  const violations = [...broken.flat(), ...checkServer(simulator, HELD_BEFORE)];
  simulator.configure(NO_FAULTS);
  const [first] = batches;
  const facts = {
    inputRows: TICKETS * PER_TICKET,
    cancelled: operator.cancelled,
    env: first ? place.envOf(first) : {},
  };
  violations.push(
    ...(await checkReports(stage, {
      ...facts,
      readLagMs: drawn.simulator.readLagMs ?? 0,
      hasWrongClocks: drawn.clock !== undefined || kinds.includes("ten minutes"),
    })),
  );
  for (const batch of batches) violations.push(...(await checkVerify(stage, batch.name, place.envOf(batch))));
  violations.push(...(await checkSecrecy(stage, SECRETS, place.folders)));
  return await end(violations);

  async function end(violations: string[]): Promise<ChaosRun> {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const { requests } = simulator.counts();
    if (violations.length > 0 && keepIn !== undefined) {
      await cp(stage.folder, keepIn, { recursive: true, filter: (path) => !path.includes("/.cache") });
      await writeFile(
        `${keepIn}/journal.jsonl`,
        simulator
          .journal()
          .map((entry) => `${JSON.stringify(entry)}\n`)
          .join(""),
      );
      await writeFile(`${keepIn}/printed.txt`, stage.printed());
    }
    return { seed, place: drawn.place, kinds, batches: batches.length, strikes, requests, seconds, violations };
  }

  /** The status of every batch. */
  async function standings(): Promise<string> {
    const all = batches.map((batch) => stage.run(["status", batch.name, "--json"], { env: place.envOf(batch) }));
    return (await Promise.all(all)).map(({ last, stderr }) => JSON.stringify(last()) + stderr.slice(-300)).join("\n");
  }

  async function strikeInOrder(): Promise<void> {
    for (const strike of drawn.strikes) {
      const isDue = ({ counts }: { counts: { written: number; removed: number } }): boolean =>
        counts.written + counts.removed >= strike.afterChanges;
      await Promise.race([ends, simulator.waitFor(isDue, { timeoutMs: 2 * LATE_MS })]);
      if (over.signal.aborted) return;
      await perform(strike);
    }
  }

  async function perform({ action, choice }: Strike): Promise<void> {
    const oneOf = (children: ChildProcess[]) => children[Math.floor(choice * children.length)];
    switch (action) {
      case "kill a command":
        if (oneOf([...commands.values()])?.kill("SIGKILL")) record(action);
        return;
      case "kill a worker":
        if (oneOf(place.workers())?.kill("SIGKILL")) record(action);
        return;
      case "kill Temporal":
        record(action);
        return place.killTemporal();
      case "stop a worker": {
        const worker = oneOf(processes.running(place.workers()));
        if (!worker || !processes.stop(worker)) return;
        record(action);
        void processes.stall(worker);
        return;
      }
      case "pause a batch": {
        const batch = batches[Math.floor(choice * batches.length)];
        if (batch) lasting.push(pauseForAWhile(batch, runs));
        return;
      }
      case "kill two workers":
      case "kill PostgreSQL":
      case "kill the object storage":
      case "slow the object storage down":
      case "cut a worker off":
        record(action);
        lasting.push(place.strike?.(action, choice).then(() => undefined) ?? Promise.resolve());
        return;
      case "cancel a batch":
      case "terminate a batch": {
        const batch = await operator.endBatch(action === "cancel a batch" ? "cancel" : "terminate", choice);
        if (batch !== undefined) record(`${action}, ${batch},`);
        return;
      }
      default: {
        const how = action === "cancel lanes" ? "cancel" : action === "terminate lanes" ? "terminate" : "reset";
        const count = await operator.actOnLanes(how, choice);
        if (count > 0) record(`${action} (${count})`);
      }
    }
  }
}
