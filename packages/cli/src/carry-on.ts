import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BatchRecord } from "@caselink/ledger";
import { conclude } from "./conclude.ts";
import { openEngine } from "./engine.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { followBatch } from "./follow.ts";
import { watchInterrupts } from "./interrupts.ts";
import type { Output } from "./output.ts";
import type { Settings } from "./settings.ts";

/** Starts a batch of the ledger where it is not started, and follows it to its end. */
export async function carryOn(record: BatchRecord, settings: Settings, output: Output): Promise<ExitStatus> {
  const done = await settings.ledger.summary(record.id);
  if (done) return conclude(record, { kind: "finished", summary: done }, settings, output);
  const interrupts = watchInterrupts();
  const engine = await openEngine(settings, output);
  try {
    const { wasStarted } = await engine.batches.start(record);
    output.event({ event: wasStarted ? "attached" : "started", batch: record.id });
    const ending = await followBatch(record, engine, output, interrupts.detach);
    return await conclude(record, ending, settings, output);
  } finally {
    await engine.close();
    interrupts.stop();
  }
}

/** Starts a batch and returns: the cluster's workers carry it on, or in local mode a process in the background. */
export async function startDetached(record: BatchRecord, settings: Settings, output: Output): Promise<ExitStatus> {
  if (settings.isLocal) {
    const main = fileURLToPath(new URL("./main.js", import.meta.url));
    const child = spawn(process.execPath, [main, "attach", record.id, "--quiet", "--json"], {
      detached: true,
      stdio: "ignore",
      env: settings.env,
    });
    child.unref();
  } else {
    const engine = await openEngine(settings, output);
    try {
      await engine.batches.start(record);
    } finally {
      await engine.close();
    }
  }
  output.event({ event: "started", batch: record.id });
  output.print(`Started batch ${record.id}.  Follow it: caselink attach ${record.id}`);
  return exitStatus.succeeded;
}
