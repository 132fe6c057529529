import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { csv } from "@caselink/test-support";
import type { CliHarness, CommandResult } from "@caselink/test-support/cli";
import { rowsOfBatch, type DrawnBatch, type DrawnChaos, type FollowUp } from "./draw-chaos.ts";

/** What the commands of all batches of a run share. */
export interface CommandRuns {
  stage: CliHarness;
  drawn: DrawnChaos;
  envOf: (batch: DrawnBatch) => NodeJS.ProcessEnv;
  /** The running commands, by the name of their batch. */
  running: Map<string, ChildProcess>;
  /** Something that commands need was killed or slow: Temporal, or what is below it. */
  hasFailedBelow: () => boolean;
  hasTerminated: (batch: string) => boolean;
  /** Adds to what happened in the run. */
  record: (what: string) => void;
  /** Aborted when the results are no longer awaited. */
  over: AbortSignal;
}

/** The outcomes that are retried: rows over the limit fit if other batches were undone. */
const RETRIED = "failed,cancelled,limit_reached";
/** After that many commands a batch counts as stuck. */
const MAX_COMMANDS = 60;

/**
 * Runs a batch and its follow-ups to their ends: types the command again whenever it was killed, or its batch was terminated.
 * Returns the broken promises.
 */
export async function followThrough(batch: DrawnBatch, runs: CommandRuns): Promise<string[]> {
  const { name } = batch;
  const input = await runs.stage.write(`${name}.csv`, csv(...rowsOfBatch(batch, runs.drawn)));
  const end = await untilEnded(batch, ["run", input, "--batch", name], runs);
  if (typeof end === "string") return [end];
  for (const followUp of batch.followUps) {
    const failure = await runFollowUp(batch, followUp, runs);
    if (failure !== undefined) return [failure];
  }
  return [];
}

async function runFollowUp(batch: DrawnBatch, followUp: FollowUp, runs: CommandRuns): Promise<string | undefined> {
  const { name } = batch;
  if (followUp === "retry") {
    const end = await untilEnded(batch, ["retry", name, "--outcome", RETRIED], runs);
    return typeof end === "string" ? end : undefined;
  }
  const undone = followUp === "undo" ? name : await lastRetryOf(batch, runs);
  if (undone === undefined) return undefined;
  for (;;) {
    const end = await untilEnded(batch, ["undo", undone], runs);
    if (typeof end === "string") return end;
    if (end.status === 0) return undefined;
    // The rest of an undo that an operator cancelled is undone by the next one.
    if (end.last()["state"] !== "cancelled")
      return `the undo of ${undone} is incomplete: ${JSON.stringify(end.last())}`;
  }
}

async function lastRetryOf(batch: DrawnBatch, { stage, envOf }: CommandRuns): Promise<string | undefined> {
  const { lines } = await stage.run(["list", "--json"], { env: envOf(batch) });
  const retries = lines().filter(({ kind, of }) => kind === "create" && of === batch.name);
  return retries[0]?.["batch"] as string | undefined; // newest first
}

/** Types a command until it has reported the end of its batch. Returns what it ended with, or the broken promise. */
async function untilEnded(
  batch: DrawnBatch,
  args: readonly string[],
  { stage, running, envOf, hasFailedBelow, hasTerminated, over }: CommandRuns,
): Promise<CommandResult | string> {
  let attached: string | undefined;
  for (let commands = 1; commands <= MAX_COMMANDS; commands++) {
    // Both continue a batch that was terminated.
    const typed =
      attached !== undefined && commands % 2 === 0 ? ["attach", attached, "--json"] : [...args, "--yes", "--json"];
    const command = stage.start(typed, { env: envOf(batch) });
    running.set(batch.name, command.child);
    const end = await command.ended;
    running.delete(batch.name);
    if (over.aborted) return `batch ${batch.name} was given up`;
    const { status, signal, stdout, stderr } = end;
    attached = batchIn(stdout) ?? attached;
    if (signal === "SIGKILL") continue;
    const isTerminated =
      stderr.includes("was terminated in Temporal") && attached !== undefined && hasTerminated(attached);
    if (status === 130 && isTerminated) continue;
    // If Temporal or the ledger is away for too long, the command fails and the batch waits; the next command continues it. At
    // its start it cannot know whether the address of the ledger is wrong: that is exit status 2.
    const isAway = status === 1 || (status === 2 && stderr.includes("cannot be reached"));
    if (isAway && hasFailedBelow()) {
      await pause(500);
      continue;
    }
    if (status === 0 || status === 3) return end;
    return `${typed.join(" ")} ended with exit status ${String(status)}: ${stderr.slice(-2_000)}`;
  }
  return `${args.join(" ")} was typed ${MAX_COMMANDS} times without an end`;
}

/** The batch that a command has named, also if it was killed while it printed. */
function batchIn(stdout: string): string | undefined {
  const named = [...stdout.matchAll(/^\{"event":"(?:started|attached|retry)".*?"batch":"([^"]+)"/gm)];
  return named.at(-1)?.[1];
}
