import type { BatchRecord } from "@caselink/ledger";
import { followToEnd, withEngine } from "../run/run-batch.ts";
import type { Engine } from "../engine/engine.ts";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import type { Output } from "../output.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted } from "./known-batch.ts";
import type { Settings } from "../settings.ts";

type Action = "pause" | "resume" | "cancel";

/** Tells a running batch to pause, to go on, or to end. */
export async function operate(action: Action, id: string, settings: Settings, output: Output): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  const done = await settings.ledger.summary(id);
  if (done) throw new UserError(`batch ${id} is ${done.state} already: caselink report ${id}`);
  await requireStarted(id, settings);
  requireSameApi(record, settings);
  return withEngine(record, settings, output, async (engine, detach) => {
    await engine.batches.start(record); // one that a crash kept from being started can be told, too
    await tell(action, record, engine);
    output.event({ event: action, batch: id });
    if (action === "pause") {
      output.print(`Batch ${id} is paused.  Go on with: caselink resume ${id}`);
      return exitStatus.succeeded;
    }
    // A cluster's workers go on by themselves; here the work needs this process.
    if (action === "resume" && !settings.isLocal) {
      output.print(`Batch ${id} goes on.  Follow it: caselink attach ${id}`);
      return exitStatus.succeeded;
    }
    if (action === "cancel") output.progress(`Cancelling batch ${id}: what is in flight is finished first.`);
    const status = await followToEnd(record, engine, settings, output, detach);
    return action === "cancel" && status === exitStatus.incomplete ? exitStatus.succeeded : status;
  });
}

/** @throws {UserError} where the batch is ending; one that is told to end twice is content. */
async function tell(action: Action, { id }: BatchRecord, { batches }: Engine): Promise<void> {
  try {
    await batches[action](id);
  } catch (error) {
    const { WorkflowUpdateFailedError } = await import("@temporalio/client");
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    if (action === "cancel") return;
    throw new UserError(`batch ${id} cannot ${action}: ${error.cause?.message ?? error.message}`);
  }
}
