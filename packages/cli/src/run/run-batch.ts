import { chunkIds, type BatchRecord } from "@caselink/ledger";
import { ownAccount, requireSameAccount } from "../commands/batch-account.ts";
import { finishRun } from "./finish-run.ts";
import { useEngine, type Engine, type EngineOptions } from "../engine/engine.ts";
import { openEngine } from "../engine/open-engine.ts";
import { exitStatus, type ExitStatus, StoppedBatchError, UnfinishedError, UserError } from "../errors.ts";
import { followBatch } from "./follow-batch.ts";
import { watchInterrupts } from "./interrupts.ts";
import { forgetBlock } from "./last-block.ts";
import { hasLocalWorker } from "../local/local-users.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import type { Settings } from "../settings.ts";
import { count, counted } from "../screen/format.ts";
import { otherBatch } from "./other-batch.ts";
import { requireNewestLedger } from "./older-ledger.ts";
import { readLagNotice } from "./read-lag.ts";
import { startInBackground } from "./start-in-background.ts";
import { storedProgress } from "./stored-progress.ts";

/** Reading the stored progress of this many chunks takes less than a second. */
const MAX_CHUNKS_TO_READ = 100;

/** Starts a batch of the ledger unless it has started already, and follows it to its end. */
export async function runBatch(planned: BatchRecord, settings: Settings, output: Output): Promise<ExitStatus> {
  const done = await settings.ledger.summary(planned.id);
  if (done) return finishRun(planned, { kind: "finished", summary: done }, settings, output);
  const record = await startInLedger(planned, settings, output);
  const hasOtherWorker = !settings.isLocal || (await hasLocalWorker(settings.home, settings.ledgerAddress));
  return withEngine(record, settings, output, async (engine, detach) => {
    const { wasStarted } = await engine.batches.start(record);
    if (wasStarted) await requireNewestLedger(record, engine, settings);
    output.event({ event: wasStarted ? "attached" : "started", batch: record.id });
    settings.notifyStarted();
    if (wasStarted && !hasOtherWorker) await printInterrupted(record, engine, settings, output);
    if (wasStarted && settings.isLocal) await resumeIfBlocked(record, engine);
    return followToEnd(record, engine, settings, output, detach);
  });
}

/** A saved plan starts with the account of the environment; any other batch has one. */
async function startInLedger({ id }: BatchRecord, settings: Settings, output: Output): Promise<BatchRecord> {
  const record = await settings.ledger.start(id, ownAccount(settings));
  requireSameAccount(record, settings, output);
  return record;
}

/**
 * Resumes a blocked batch. In local mode only this command works it, so running it again means that the cause is fixed.
 * A batch that is blocked because the API does not behave as documented still needs `resume`.
 */
async function resumeIfBlocked({ id }: BatchRecord, { batches }: Engine): Promise<void> {
  const { outlastFailures } = await import("@caselink/workflows");
  const progress = await outlastFailures(() => batches.progress(id));
  if (progress?.phase !== "blocked" || progress.waitReason?.kind === "behaviour") return;
  await unlessEnded(() => batches.resume(id));
}

/** Sends an action to a batch. @returns false if the batch ended before: a blocked one also tries again by itself */
export async function unlessEnded(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    const { BatchEndedError } = await import("@caselink/workflows");
    if (error instanceof BatchEndedError) return false;
    throw error;
  }
}

/** Prints when the last run was interrupted, by its last heartbeat, and how many tickets it had done. */
async function printInterrupted(
  record: BatchRecord,
  { batches }: Engine,
  { ledger }: Settings,
  output: Output,
): Promise<void> {
  const { outlastFailures } = await import("@caselink/workflows");
  const at = await outlastFailures(() => batches.lastHeartbeatAt(record));
  output.note(
    at === undefined
      ? t`Continuing batch ${record.id}, which was interrupted.`
      : t`Continuing batch ${record.id}, which was interrupted at ${new Date(at).toLocaleTimeString("en-GB")}.`,
  );
  if (chunkIds(record).length > MAX_CHUNKS_TO_READ) return; // the progress shows it soon
  const { settledTickets } = await storedProgress(record, ledger);
  const done = count(settledTickets);
  const tickets = counted(record.counts.tickets_to_send, "ticket");
  output.note(settledTickets === 1 ? t`${done} of ${tickets} was done.` : t`${done} of ${tickets} were done.`);
}

export async function followToEnd(
  record: BatchRecord,
  engine: Engine,
  settings: Settings,
  output: Output,
  detach: AbortSignal,
): Promise<ExitStatus> {
  if (settings.isLocal) await forgetBlock(settings.home, record);
  const readLag = await readLagNotice(record, settings.ledger);
  const result = await followBatch(record, engine, output, detach, readLag && [`API: ${readLag.text}`]);
  const status = await finishRun(record, result, settings, output);
  if (result.kind === "detached" && settings.isLocal) {
    output.progress(t`Finishing the requests in flight; press Ctrl-C again to exit immediately.`);
  }
  return status;
}

/** Opens Temporal, works on a batch with it, and closes it. An interrupt or a failure leaves the batch as it is. */
export async function withEngine(
  record: BatchRecord,
  settings: Settings,
  output: Output,
  work: (engine: Engine, detach: AbortSignal) => Promise<ExitStatus>,
  options: Pick<EngineOptions, "mayBegin"> = {},
): Promise<ExitStatus> {
  const interrupts = watchInterrupts();
  const { detach } = interrupts;
  try {
    const engine = await openEngine(settings, output, { ...options, signal: detach }).catch((error: unknown) => {
      if (detach.aborted) return undefined;
      throw error;
    });
    if (!engine) return await finishRun(record, { kind: "detached" }, settings, output);
    return await useEngine(engine, output, () => work(engine, detach));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { BatchStoppedError, OtherBatchError } = await import("@caselink/workflows");
    if (error instanceof BatchStoppedError) throw new UnfinishedError(record.id, new StoppedBatchError(error));
    if (!(error instanceof OtherBatchError)) throw new UnfinishedError(record.id, error);
    throw otherBatch(error);
  } finally {
    interrupts.stop();
  }
}

/** Starts a batch and returns. The cluster's workers continue it, or in local mode a process in the background. */
export async function startDetached(planned: BatchRecord, settings: Settings, output: Output): Promise<ExitStatus> {
  if (await settings.ledger.summary(planned.id)) return runBatch(planned, settings, output);
  const record = await startInLedger(planned, settings, output);
  if (settings.isLocal) {
    const interrupts = watchInterrupts();
    try {
      await startInBackground(record, settings, interrupts.detach);
      if (interrupts.detach.aborted) return await finishRun(record, { kind: "detached" }, settings, output);
    } finally {
      interrupts.stop();
    }
  } else {
    await withEngine(record, settings, output, async (engine) => {
      const { wasStarted } = await engine.batches.start(record);
      if (wasStarted) await requireNewestLedger(record, engine, settings);
      return exitStatus.succeeded;
    });
  }
  output.event({ event: "started", batch: record.id });
  output.print(t`Started batch ${record.id}.  Follow it with: caselink attach ${record.id}`);
  return exitStatus.succeeded;
}
