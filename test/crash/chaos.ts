import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { between, pick, seededRandom } from "../../packages/workflows/test/simulation/random.ts";
import { openStage, type Stage } from "./processes.ts";

const TICKETS = 120;
/** Each batch wants two of its own for each ticket: the third batch finds no room for two, and may take none. */
const PER_TICKET = 2;

export interface ChaosRun {
  seed: number;
  batches: number;
  kills: string[];
  requests: number;
  seconds: number;
  /** What of the promises was broken. */
  faults: string[];
}

/**
 * Several batches at once on the same tickets, on a server that loses answers, lets tokens expire and does not enforce
 * the limit, while commands with their workers and the local Temporal are killed at moments that the seed decides.
 */
export async function runChaos(seed: number): Promise<ChaosRun> {
  const random = seededRandom(seed);
  const rate = (most: number): number => random() * most;
  const startedAt = performance.now();
  await using stage = await openStage(
    {
      seed,
      latencyMs: between(random, 5, 40),
      jitterMs: 10,
      limitEnforced: false,
      atomic: random() < 0.5,
      duplicate: pick(random, ["ok", "error"]),
      readLagMs: pick(random, [0, 0, 300]),
      tokenLifetimeMs: between(random, 3_000, 20_000),
      tickets: { T0: ["x1", "x2", "x3"], T1: ["x1", "x2"], T2: ["x1"] },
      faults: {
        create: {
          lostResponse: rate(0.1),
          resetBefore: rate(0.05),
          http500AfterWrite: rate(0.05),
          http503: rate(0.05),
        },
        list: { resetBefore: rate(0.05), http503: rate(0.05), operationFailed: rate(0.02) },
      },
    },
    {
      CASELINK_TOKEN: "",
      CASELINK_IAM_USER: "demo",
      CASELINK_IAM_PASSWORD: "demo-password",
      CASELINK_IAM_DOMAIN: "demo",
    },
  );
  const names = ["a", "b", "c"].slice(0, between(random, 2, 3));
  const kills: string[] = [];
  const running = new Map<string, ChildProcess>();
  const over = new AbortController();
  const ends = Promise.all(names.map((name) => untilEnded(stage, name, running, kills))).finally(() => over.abort());
  const killing = killAtRandom();
  const summaries = await ends;
  await killing;
  const faults = [...judge(stage), ...summaries.flatMap((fault) => fault ?? [])];
  for (const name of names) faults.push(...(await judgeReport(stage, name)));
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { seed, batches: names.length, kills, requests: stage.simulator.counts().requests, seconds, faults };

  async function killAtRandom(): Promise<void> {
    for (let left = between(random, 1, 3); left > 0 && !over.signal.aborted; left--) {
      const victim = pick(random, [...names, "temporal"]);
      // Of each ticket one batch gets its two rows; the others find no room.
      const aim = Math.round(random() * 0.8 * TICKETS * PER_TICKET);
      await Promise.race([
        ends,
        stage.simulator.waitFor(({ counts }) => counts.written >= aim, { timeoutMs: 120_000 }),
      ]);
      if (over.signal.aborted) return;
      if (victim === "temporal") await killTemporal();
      else running.get(victim)?.kill("SIGKILL");
      kills.push(`${victim} after ${stage.simulator.counts().written} associations`);
    }
  }

  async function killTemporal(): Promise<void> {
    const state = await readFile(join(stage.home, "temporal.json"), "utf8").catch(() => undefined);
    if (!state) return;
    try {
      process.kill((JSON.parse(state) as { pid: number }).pid, "SIGKILL");
    } catch {
      // just gone, or just being started
    }
  }
}

/** Runs a batch, and again whenever its command was killed, as a tired person would. */
async function untilEnded(
  stage: Stage,
  name: string,
  running: Map<string, ChildProcess>,
  kills: readonly string[],
): Promise<string | undefined> {
  const rows = Array.from({ length: TICKETS * PER_TICKET }, (_, i) => [`T${i % TICKETS}`, `${name}${i}`, "g"]);
  const input = await stage.csv(`${name}.csv`, rows);
  for (;;) {
    const command = stage.start(["run", input, "--batch", name, "--yes"]);
    running.set(name, command.child);
    const { code, signal, last, errors } = await command.ended;
    if (signal === "SIGKILL") continue;
    // Where Temporal died under it once too often, the command says so and the batch waits: started again, it goes on.
    if (code === 1 && kills.some((kill) => kill.startsWith("temporal"))) {
      await pause(500);
      continue;
    }
    if (code !== 0 && code !== 3) return `batch ${name} ended with exit status ${String(code)}: ${errors.slice(-300)}`;
    return last["rows"] === rows.length
      ? undefined
      : `batch ${name} counts ${String(last["rows"])} of ${rows.length} rows`;
  }
}

/** What the server saw. */
function judge({ simulator }: Stage): string[] {
  const faults: string[] = [];
  const violations = simulator.violations();
  for (const kind of ["overLimitAsked", "overLimitStored", "responseViolations"] as const) {
    for (const { ticket, detail } of violations[kind]) faults.push(`${kind}: ${String(ticket)}: ${detail}`);
  }
  const stored = [...simulator.tickets().values()].flat().length - 6; // those that were there before
  if (simulator.counts().written !== stored)
    faults.push(`${simulator.counts().written} were made and ${stored} are there`);
  return faults;
}

/** Whether a batch's report tells what the server holds. */
async function judgeReport(stage: Stage, name: string): Promise<string[]> {
  const tickets = stage.simulator.tickets();
  const faults: string[] = [];
  const report = await stage.report(name);
  if (report.length !== TICKETS * PER_TICKET) faults.push(`the report of ${name} has ${report.length} rows`);
  for (const { case_id: ticket, related_id: related, outcome } of report) {
    const held = tickets.get(String(ticket)) ?? [];
    const isThere = held.includes(String(related));
    // Every related ticket is wanted by one batch alone, so what is there was made by it.
    const isTrue = outcome === "created" ? isThere : outcome === "limit_reached" ? !isThere && held.length >= 2 : false;
    if (!isTrue)
      faults.push(
        `${name}: ${String(ticket)} ${String(related)} is ${String(outcome)}, and the server holds ${held.join(" ")}`,
      );
  }
  return faults;
}
