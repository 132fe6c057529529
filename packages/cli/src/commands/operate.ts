import { carryOn } from "../carry-on.ts";
import { openEngine } from "../engine.ts";
import { exitStatus, type ExitStatus } from "../exit-status.ts";
import type { Output } from "../output.ts";
import { requireSameApi } from "../same-api.ts";
import type { Settings } from "../settings.ts";
import { UserError } from "../user-error.ts";
import { knownBatch } from "./known-batch.ts";

/** Tells a running batch to pause, to go on, or to end. */
export async function operate(
  action: "pause" | "resume" | "cancel",
  id: string,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  const done = await settings.ledger.summary(id);
  if (done) throw new UserError(`batch ${id} is ${done.state} already: caselink report ${id}`);
  requireSameApi(record, settings);
  const engine = await openEngine(settings, output);
  try {
    await engine.batches.start(record); // one that a crash kept from being started can be told, too
    await engine.batches[action](id);
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
  } finally {
    await engine.close();
  }
  const status = await carryOn(record, settings, output);
  return action === "cancel" && status === exitStatus.incomplete ? exitStatus.succeeded : status;
}
