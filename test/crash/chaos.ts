import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { between, pick, seededRandom } from "../../packages/workflows/test/simulation/random.ts";
import { clusterEnvironment, localEnvironment } from "./chaos-environment.ts";
import { checkReport, checkSecrecy, checkServer } from "./check-chaos.ts";
import { csv, rowsInRounds } from "@caselink/test-support";
import { openProcessHarness, type CliHarness } from "@caselink/test-support/cli";

const TICKETS = 120;
/** Each batch asks for two associations of each ticket. Three are allowed, so only the rows of one batch fit. */
const PER_TICKET = 2;
/** After this time a batch counts as stuck. Waits grow up to a minute, so that an unlucky run takes several minutes. */
const LATE_MS = 600_000;
const PASSWORD = "Canary-Password-91be";
/** The password, and the tokens that the simulator issues. */
const SECRETS = [/Canary-Password/, /simulated-[\w-]{20}/];

export interface ChaosRun {
  seed: number;
  /** A local Temporal shared by the commands, or a Temporal server with three worker processes. */
  place: "local" | "cluster";
  batches: number;
  kills: string[];
  requests: number;
  seconds: number;
  /** The broken promises. */
  violations: string[];
}

const ENVIRONMENT = {
  CASELINK_TOKEN: "",
  CASELINK_IAM_USER: "bulk",
  CASELINK_IAM_PASSWORD: PASSWORD,
  CASELINK_IAM_DOMAIN: "acme",
  // The logs must not contain a secret either.
  CASELINK_LOG_LEVEL: "DEBUG",
};

/**
 * Runs several batches on the same tickets at the same time. The server loses responses, hangs, throttles, goes down for a
 * while, shows writes late, lets tokens expire, fails to issue new ones, and does not enforce the limit. Meanwhile commands,
 * workers and Temporal are killed and workers are stopped, at moments that the seed decides.
 */
export async function runChaos(seed: number): Promise<ChaosRun> {
  const random = seededRandom(seed);
  const rate = (most: number): number => random() * most;
  const startedAt = performance.now();
  await using stage = await openProcessHarness(
    {
      seed,
      latencyMs: between(random, 5, 40),
      jitterMs: 10,
      limitEnforced: false,
      atomic: random() < 0.5,
      duplicate: pick(random, ["ok", "error"]),
      readLagMs: pick(random, [0, 0, 300, 3_000]),
      rateLimit: pick(random, [null, null, { perSecond: 60, hint: pick(random, ["none", "retry-after", "message"]) }]),
      outage: pick(random, [
        null,
        { afterRequests: between(random, 50, 300), forMs: 5_000, kind: pick(random, ["503", "reset"]) },
      ]),
      tokenLifetimeMs: between(random, 3_000, 20_000),
      users: [{ name: "bulk", password: PASSWORD, domain: "acme" }],
      tickets: { T0: ["x1", "x2", "x3"], T1: ["x1", "x2"], T2: ["x1"] },
      faults: {
        create: {
          lostResponse: rate(0.1),
          resetBefore: rate(0.05),
          http500AfterWrite: rate(0.05),
          http503: rate(0.05),
          hangAfterWrite: rate(0.004),
        },
        list: { resetBefore: rate(0.05), http503: rate(0.05), operationFailed: rate(0.02) },
        token: { http500: rate(0.2), lostResponse: rate(0.2) },
      },
    },
    (apiUrl) => ({ ...ENVIRONMENT, CASELINK_IAM_ENDPOINT: apiUrl }),
  );
  const where = seed % 2 === 0 ? "cluster" : "local";
  await using place = where === "cluster" ? await clusterEnvironment(stage) : localEnvironment(stage);
  const names = ["a", "b", "c"].slice(0, between(random, 2, 3));
  const kills: string[] = [];
  const running = new Map<string, ChildProcess>();
  const over = new AbortController();
  const run = (name: string) => untilEnded(stage, name, { env: place.env, running, kills, over: over.signal });
  const ends = Promise.all(names.map(run)).finally(() => over.abort());
  const striking = strikeAtRandom();
  const late = pause(LATE_MS, undefined, { signal: over.signal }).catch(() => ends);
  const summaries = await Promise.race([ends, late]);
  if (!summaries) {
    over.abort();
    striking.catch(() => undefined);
    return runWith([`after ${LATE_MS / 1000} s: ${await standings()}`]);
  }
  await striking;
  await place.settle();
  const violations = [...checkServer(stage.simulator, 6), ...summaries.flatMap((violation) => violation ?? [])];
  for (const name of names) violations.push(...(await checkReport(stage, name, TICKETS * PER_TICKET)));
  violations.push(...(await checkSecrecy(stage, SECRETS)));
  return runWith(violations);

  function runWith(violations: string[]): ChaosRun {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const { requests } = stage.simulator.counts();
    return { seed, place: where, batches: names.length, kills, requests, seconds, violations };
  }

  /** The status of every batch. */
  async function standings(): Promise<string> {
    const all = await Promise.all(names.map((name) => stage.run(["status", name, "--json"], { env: place.env })));
    return all.map(({ last, stderr }) => JSON.stringify(last()) + stderr.slice(-300)).join("\n");
  }

  async function strikeAtRandom(): Promise<void> {
    for (let left = between(random, 1, 3); left > 0 && !over.signal.aborted; left--) {
      const victim = pick(random, [...names, ...names.map(() => "the place")]);
      // In each ticket the two rows of one batch fit; the others are over the limit.
      const aim = Math.round(random() * 0.8 * TICKETS * PER_TICKET);
      await Promise.race([
        ends,
        stage.simulator.waitFor(({ counts }) => counts.written >= aim, { timeoutMs: 2 * LATE_MS }),
      ]);
      if (over.signal.aborted) return;
      const { written } = stage.simulator.counts();
      const record = (what: string): void => void kills.push(`${what} after ${written} associations`);
      if (victim === "the place") await place.strike(random, record);
      else if (running.get(victim)?.kill("SIGKILL")) record(victim);
    }
  }
}

interface Runs {
  env: NodeJS.ProcessEnv;
  /** The running commands, by batch. */
  running: Map<string, ChildProcess>;
  kills: readonly string[];
  /** Aborted when the result is no longer awaited. */
  over: AbortSignal;
}

/** Runs a batch to its end: starts the command again whenever it was killed. */
async function untilEnded(
  stage: CliHarness,
  name: string,
  { env, running, kills, over }: Runs,
): Promise<string | undefined> {
  const rows = rowsInRounds(TICKETS, PER_TICKET, name);
  const input = await stage.write(`${name}.csv`, csv(...rows));
  for (;;) {
    const command = stage.start(["run", input, "--batch", name, "--yes", "--json"], { env });
    running.set(name, command.child);
    const { status, signal, last, stderr } = await command.ended;
    if (over.aborted) return `batch ${name} was given up`;
    if (signal === "SIGKILL") continue;
    // If Temporal died too often, the command fails and the batch waits; the next command continues it.
    if (status === 1 && kills.some((kill) => kill.startsWith("temporal"))) {
      await pause(500);
      continue;
    }
    if (status !== 0 && status !== 3)
      return `batch ${name} ended with exit status ${String(status)}: ${stderr.slice(-300)}`;
    return last()["rows"] === rows.length
      ? undefined
      : `batch ${name} counts ${String(last()["rows"])} of ${rows.length} rows`;
  }
}
