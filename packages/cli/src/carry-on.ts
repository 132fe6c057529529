import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BatchRecord } from "@caselink/ledger";
import { conclude } from "./conclude.ts";
import type { Engine } from "./engine.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { followBatch } from "./follow.ts";
import { watchInterrupts } from "./interrupts.ts";
import type { Output } from "./output.ts";
import type { Settings } from "./settings.ts";
import { UnfinishedError } from "./unfinished-error.ts";
import { UserError } from "./user-error.ts";

/** Starts a batch of the ledger where it is not started, and follows it to its end. */
export async function carryOn(record: BatchRecord, settings: Settings, output: Output): Promise<ExitStatus> {
  const done = await settings.ledger.summary(record.id);
  if (done) return conclude(record, { kind: "finished", summary: done }, settings, output);
  await settings.ledger.start(record.id);
  return withEngine(record, settings, output, async (engine, detach) => {
    const { wasStarted } = await engine.batches.start(record);
    output.event({ event: wasStarted ? "attached" : "started", batch: record.id });
    return followToEnd(record, engine, settings, output, detach);
  });
}

export async function followToEnd(
  record: BatchRecord,
  engine: Engine,
  settings: Settings,
  output: Output,
  detach: AbortSignal,
): Promise<ExitStatus> {
  const ending = await followBatch(record, engine, output, detach);
  const status = await conclude(record, ending, settings, output);
  if (ending.kind === "detached" && settings.isLocal) {
    output.progress("Finishing the requests that are under way; Ctrl-C again leaves at once.");
  }
  return status;
}

/** Opens Temporal for work on a batch; an interrupt meanwhile leaves the batch as it is, and so does a failure. */
export async function withEngine(
  record: BatchRecord,
  settings: Settings,
  output: Output,
  work: (engine: Engine, detach: AbortSignal) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const interrupts = watchInterrupts();
  const { detach } = interrupts;
  try {
    const { openEngine } = await import("./engine.ts"); // loads Temporal
    const engine = await openEngine(settings, output, { signal: detach }).catch((error: unknown) => {
      if (detach.aborted) return undefined;
      throw error;
    });
    if (!engine) return await conclude(record, { kind: "detached" }, settings, output);
    try {
      return await work(engine, detach);
    } finally {
      await engine.close();
    }
  } catch (error) {
    throw error instanceof UserError ? error : new UnfinishedError(record.id, error);
  } finally {
    interrupts.stop();
  }
}

/** Starts a batch and returns: the cluster's workers carry it on, or in local mode a process in the background. */
export async function startDetached(record: BatchRecord, settings: Settings, output: Output): Promise<ExitStatus> {
  if (await settings.ledger.summary(record.id)) return carryOn(record, settings, output);
  await settings.ledger.start(record.id);
  if (settings.isLocal) {
    const main = fileURLToPath(new URL("./main.js", import.meta.url));
    const child = spawn(process.execPath, [main, "attach", record.id, "--quiet", "--json"], {
      detached: true,
      stdio: "ignore",
      env: settings.env,
    });
    child.unref();
  } else {
    await withEngine(record, settings, output, async ({ batches }) => {
      await batches.start(record);
      return exitStatus.succeeded;
    });
  }
  output.event({ event: "started", batch: record.id });
  output.print(`Started batch ${record.id}.  Follow it: caselink attach ${record.id}`);
  return exitStatus.succeeded;
}
