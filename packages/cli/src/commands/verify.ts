import { followUpsOf, type BatchRecord } from "@caselink/ledger";
import { CredentialsRejectedError, exitStatus, type ExitStatus } from "../errors.ts";
import { t, translated } from "../language/words.ts";
import { watchInterrupts } from "../run/interrupts.ts";
import { requireInputs, requireOutFile } from "./require-files.ts";
import { openApi, readApiConfigOf } from "./batch-api.ts";
import type { Output } from "../output.ts";
import { pathOf, type BaseSettings } from "../settings.ts";
import { knownBatch } from "./known-batch.ts";
import { count, counted } from "../screen/format.ts";
import { LineProgress } from "../screen/line-progress.ts";
import { differenceCount, differenceLine, SHOWN_DIFFERENCES, verifyScreen } from "../screen/verify-screen.ts";
import { compareFiles } from "../verify/compare-files.ts";
import { compareBatch, newTally, type Comparison, type Tally } from "../verify/compare-batch.ts";
import type { Difference } from "../verify/difference.ts";
import { writeDifferences } from "../verify/difference-file.ts";

export interface VerifyOptions {
  maxRate?: number;
  out?: string;
  /** Files with reports of the batch, to compare with the manifests next to them. */
  report: readonly string[];
}

/**
 * Reads every ticket of a batch again and lists each difference from the report, and from the end that Temporal recorded.
 * Needs no Temporal, changes nothing.
 */
export async function verify(
  id: string,
  options: VerifyOptions,
  settings: BaseSettings,
  output: Output,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  await requireInputs(options.report, settings);
  if (options.out !== undefined) await requireOutFile(options.out, settings);
  const config = readApiConfigOf(record, settings.env);
  const isEnded = (await settings.ledger.summary(id)) !== undefined;
  const followUps = followUpsOf(id, await settings.ledger.batches()).map((followUp) => followUp.id);
  const tally = newTally();
  const startedAt = performance.now();
  const interrupts = watchInterrupts();
  try {
    await using api = openApi(config, options.maxRate ?? record.options.max_rate);
    await compareAndPrint(
      settings,
      {
        record,
        tickets: settings.ledger.outcomesByTicket(id),
        api: api.client,
        inFlight: config.maxInFlight,
        signal: interrupts.detach,
      },
      tally,
      options,
      output,
    );
  } catch (error) {
    if (interrupts.detach.aborted) {
      const tickets = counted(record.counts.tickets, "ticket");
      output.note(
        `\n${t`Interrupted after ${count(tally.tickets)} of ${tickets}. Nothing was changed.\nStart again with: caselink verify ${id}`}`,
      );
      return exitStatus.interrupted;
    }
    if (!(error instanceof CredentialsRejectedError)) throw error;
    output.event({ event: "blocked", batch: id, reason: error.message });
    output.note(
      t`The API rejects the credentials: ${translated(error.message)}\n  Nothing was changed. Find the cause with: caselink doctor`,
    );
    return exitStatus.blocked;
  } finally {
    interrupts.stop();
  }
  const { differences, seal, ...figures } = tally;
  const total = differenceCount(tally);
  output.event({
    event: "verify",
    batch: id,
    ended: isEnded,
    ...(seal && { sealed: seal.isSealed, recorded: seal.recorded }),
    ...figures,
    differences: total,
    ...differences,
    ...(options.out !== undefined && { path: options.out }),
  });
  const tookMs = performance.now() - startedAt;
  output.print(verifyScreen({ record, tally, followUps, isEnded, tookMs, out: options.out }, output.colors));
  if (tally.forbidden > 0 && tally.forbidden === tally.tickets) {
    output.note(t`This account may read none of the tickets. Find the cause with: caselink doctor`);
    return exitStatus.blocked;
  }
  if (tally.unread > 0) return exitStatus.failed;
  return total > 0 ? exitStatus.incomplete : exitStatus.succeeded;
}

/** Prints the differences as they are found, and writes them to the file of `--out`. */
async function compareAndPrint(
  settings: BaseSettings,
  comparison: Comparison,
  tally: Tally,
  { out, report }: VerifyOptions,
  output: Output,
): Promise<void> {
  const { record } = comparison;
  const progress = await LineProgress.open(output);
  const ticketsOf = async function* () {
    for await (const ticket of comparison.tickets) {
      progress.show(() => progressText(record, tally));
      yield ticket;
    }
  };
  try {
    const differences = printDifferences(
      allDifferences(settings, report, { ...comparison, tickets: ticketsOf() }, tally),
      output,
    );
    if (out !== undefined) await writeDifferences(pathOf(settings, out), differences);
    else for await (const _ of differences);
  } finally {
    progress.close();
    await comparison.tickets.return(undefined); // deletes its temporary files, also after an interrupt
  }
}

/** The differences of the batch's files, of the given reports and of the tickets. */
async function* allDifferences(
  settings: BaseSettings,
  reports: readonly string[],
  comparison: Comparison,
  tally: Tally,
): AsyncGenerator<Difference> {
  yield* compareFiles(comparison.record, reports, settings, tally);
  yield* compareBatch(comparison, tally);
}

async function* printDifferences(differences: AsyncIterable<Difference>, output: Output): AsyncGenerator<Difference> {
  let number = 0;
  for await (const difference of differences) {
    output.event({ event: "difference", ...difference });
    if (++number <= SHOWN_DIFFERENCES) output.print(differenceLine(difference));
    yield difference;
  }
}

function progressText(record: BatchRecord, tally: Tally): string {
  const tickets = counted(record.counts.tickets, "ticket");
  const differences = counted(differenceCount(tally), "difference");
  return t`Verifying batch ${record.id}   ${count(tally.tickets)} of ${tickets} read   ${differences}`;
}
