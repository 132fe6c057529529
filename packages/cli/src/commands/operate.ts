import { setTimeout as delay } from "node:timers/promises";
import type { BatchRecord } from "@caselink/ledger";
import type { Resumption } from "@caselink/workflows";
import { followToEnd, unlessEnded, withEngine } from "../run/run-batch.ts";
import { requireNewestLedger } from "../run/older-ledger.ts";
import type { Engine } from "../engine/engine.ts";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { t, translated } from "../language/words.ts";
import type { Output } from "../output.ts";
import { noteOtherAccount, requireSameAccount } from "./batch-account.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted, requireUnfinished } from "./known-batch.ts";
import { rejectLate } from "./reject-late.ts";
import type { Settings } from "../settings.ts";

/** Lanes hear of a cancel by orders, and give up turns that no worker has taken for 3 s. */
const STOPPING_MS = 5_000;

type Action = "pause" | "resume" | "cancel";

/** Pauses, resumes or cancels a batch that has not ended. */
export async function operate(
  action: Action,
  id: string,
  settings: Settings,
  output: Output,
  takeOver = false,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  await requireUnfinished(id, settings);
  await requireStarted(id, settings);
  requireSameApi(record, settings);
  if (action !== "resume") noteOtherAccount(record, settings, output);
  const change = action === "resume" ? requireSameAccount(record, settings, output, takeOver) : {};
  // A batch that is to stop must not be worked before it knows.
  const begin = Promise.withResolvers<void>();
  if (action === "resume") begin.resolve();
  const work = async (engine: Engine, detach: AbortSignal): Promise<ExitStatus> => {
    const { wasStarted } = await engine.batches.start(record); // a crash may have prevented the start
    if (wasStarted) await requireNewestLedger(record, engine, settings);
    if (!(await sendAction(action, record, engine, change))) {
      const isCancelled = (await settings.ledger.summary(id))?.state === "cancelled";
      if (action === "pause" || (action === "resume" && isCancelled)) await rejectLate(record, engine, settings);
      return succeedIfEnded(await followToEnd(record, engine, settings, output, detach));
    }
    output.event({ event: action, batch: id });
    if (action === "pause") {
      output.print(t`Batch ${id} is paused.  Continue with: caselink resume ${id}`);
      return exitStatus.succeeded;
    }
    // A cluster's workers continue on their own; in local mode the work needs this process.
    if (action === "resume" && !settings.isLocal) {
      output.print(t`Batch ${id} continues.  Follow it with: caselink attach ${id}`);
      return exitStatus.succeeded;
    }
    if (action === "cancel") {
      void untilStopped(record, engine).then(begin.resolve);
      output.progress(t`Cancelling batch ${id}: finishing the requests in flight.`);
    }
    return succeedIfEnded(await followToEnd(record, engine, settings, output, detach));
  };
  return withEngine(record, settings, output, work, { mayBegin: begin.promise });
}

/** An action that did what it was asked succeeds, whatever the outcomes of the rows. */
const succeedIfEnded = (status: ExitStatus): ExitStatus =>
  status === exitStatus.incomplete ? exitStatus.succeeded : status;

/** Waits until a cancelled batch has ended; at most as long as its lanes need to stop, because some must read tickets first. */
async function untilStopped({ id }: BatchRecord, { batches }: Engine): Promise<void> {
  const ended = batches.summary(id).catch(() => undefined);
  await Promise.race([ended, delay(STOPPING_MS, undefined, { ref: false })]);
}

/**
 * @returns false if the batch ended before the action reached it
 * @throws {UserError} if the batch is ending; a second cancel is accepted
 */
async function sendAction(
  action: Action,
  { id }: BatchRecord,
  { batches }: Engine,
  change: Resumption,
): Promise<boolean> {
  try {
    return await unlessEnded(() => (action === "resume" ? batches.resume(id, change) : batches[action](id)));
  } catch (error) {
    const { WorkflowUpdateFailedError } = await import("@temporalio/client");
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    if (action === "cancel") return true;
    const why = translated(error.cause?.message ?? error.message);
    throw new UserError(
      action === "pause" ? t`cannot pause batch ${id}: ${why}` : t`cannot resume batch ${id}: ${why}`,
    );
  }
}
