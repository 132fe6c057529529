import type { ChildProcess } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { openProcessHarness } from "@caselink/test-support/cli";
import { clusterEnvironment, environmentFor, localEnvironment } from "./chaos-environment.ts";
import { checkReports, checkSecrecy, checkServer, checkVerify } from "./check-chaos.ts";
import {
  drawChaos,
  NO_FAULTS,
  PER_TICKET,
  TICKETS,
  type ChaosKind,
  type DrawnBatch,
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
/** The associations that the server has from the start. */
const HELD_BEFORE = 6;

export interface ChaosRun {
  seed: number;
  /** A local Temporal shared by the commands, or a Temporal server with worker processes. */
  place: "local" | "cluster";
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
export async function runChaos(seed: number, keepIn?: string): Promise<ChaosRun> {
  const drawn = drawChaos(seed);
  const { kinds, batches } = drawn;
  const startedAt = performance.now();
  await using stage = await openProcessHarness(drawn.simulator, environmentFor);
  const { simulator } = stage;
  const commands = new Map<string, ChildProcess>();
  await using place =
    drawn.place === "cluster" ? await clusterEnvironment(stage, drawn) : localEnvironment(stage, drawn, commands);
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

  const pauses: Promise<void>[] = [];
  const over = new AbortController();
  const runs = {
    stage,
    drawn,
    envOf: (batch: DrawnBatch) => place.envOf(batch),
    running: commands,
    hasKilledTemporal: () => strikes.some((strike) => strike.startsWith("kill Temporal")),
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
  await Promise.all(pauses);
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
      hasWrongClocks: drawn.clock !== undefined,
    })),
  );
  for (const batch of batches) violations.push(...(await checkVerify(stage, batch.name, place.envOf(batch))));
  violations.push(...(await checkSecrecy(stage, SECRETS)));
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
        if (batch) pauses.push(pauseForAWhile(batch, runs));
        return;
      }
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
