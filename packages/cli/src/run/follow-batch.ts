import { setTimeout as delay } from "node:timers/promises";
import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import type { BatchProgress, WaitReason } from "@caselink/workflows";
import type { Engine } from "../engine/engine.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { USUAL_COLUMNS, widthOf } from "../screen/format.ts";
import { openLiveLines } from "../screen/live-lines.ts";
import { ProgressView } from "../screen/progress-view.ts";
import { describeVersionWait, versionWaitScreen } from "../screen/version-wait.ts";

/** Why following a batch ended. */
export type FollowResult =
  | { kind: "finished"; summary: BatchSummary }
  | { kind: "blocked"; waitReason: WaitReason; progress: BatchProgress }
  | { kind: "detached" };

/**
 * The pauses before each request for progress; the last one is repeated. The end of the batch is awaited with a request that
 * stays open for 20 s, and both together are at most one request a second.
 */
const PAUSES_MS = [200, 400, 800, 1_100] as const;
const WORKER_CHECK_MS = 1_000;
/** A batch that does not respond for this long has no worker. */
const NO_WORKER_MS = 10_000;

/**
 * Shows the progress of a batch until it ends, is blocked, or `detach` is aborted.
 *
 * @param facts lines that are shown once, before the first progress
 */
export async function followBatch(
  record: BatchRecord,
  engine: Engine,
  output: Output,
  detach: AbortSignal,
  facts: readonly string[] = [],
): Promise<FollowResult> {
  const view = await viewOf(record, engine, output, facts);
  const end = engine.batches.summary(record.id).then((summary): FollowResult => ({ kind: "finished", summary }));
  const stop = new AbortController();
  const detached = new Promise<FollowResult>((resolve) => {
    const leave = (): void => resolve({ kind: "detached" });
    if (detach.aborted) leave();
    else detach.addEventListener("abort", leave, { once: true, signal: stop.signal });
  });
  let lastResponseAt = performance.now();
  let shown: BatchProgress | undefined;
  // A poll that fails, for instance while the local Temporal restarts, is skipped; the end is awaited separately.
  const poll = async (): Promise<FollowResult> => {
    const reader = engine.batches.progressReader(record);
    for (let requests = 0; ; requests++) {
      const progress = await reader.next().catch(() => undefined);
      if (progress) {
        lastResponseAt = performance.now();
        shown = furthest(progress, shown);
        view.show(shown);
      }
      if (progress?.phase === "blocked" && progress.waitReason) {
        return { kind: "blocked", waitReason: progress.waitReason, progress };
      }
      await delay(PAUSES_MS[requests] ?? PAUSES_MS[3], undefined, { signal: stop.signal });
    }
  };
  const workerCheck = setInterval(() => {
    if (engine.noWorkerHint === undefined || performance.now() - lastResponseAt < NO_WORKER_MS) return;
    lastResponseAt = Infinity; // once, until the next response
    const hint = shown === undefined ? engine.noWorkerHint : silentWorkers();
    void hintOf(record, engine, hint).then((text) => stop.signal.aborted || view.print(text));
  }, WORKER_CHECK_MS);
  let result: FollowResult | undefined;
  try {
    return (result = await Promise.race([end, poll(), detached, engine.lost]));
  } finally {
    stop.abort();
    clearInterval(workerCheck);
    view.close({ isOver: result !== undefined && result.kind !== "detached" });
  }
}

/** Why no worker responds: workers of another version may run. */
async function hintOf(record: BatchRecord, { batches }: Engine, noWorkerHint: string): Promise<string> {
  const wait = await batches.versionWait(record).catch(() => undefined);
  return wait ? versionWaitScreen(describeVersionWait(wait, record.id)) : noWorkerHint;
}

/** A worker that was lost may have been the one to respond: Temporal asks another one after some seconds. */
const silentWorkers = (): string =>
  t`No worker has responded for a while. The batch is safe, and continues as soon as\none does. Whether one runs: caselink doctor`;

/** Keeps the earlier counts if they are higher: not every response includes the turns in progress. */
function furthest(now: BatchProgress, before: BatchProgress | undefined): BatchProgress {
  return before && before.settledTickets > now.settledTickets
    ? { ...now, settledTickets: before.settledTickets, outcomes: before.outcomes }
    : now;
}

async function viewOf(
  record: BatchRecord,
  engine: Engine,
  output: Output,
  facts: readonly string[],
): Promise<ProgressView> {
  const webPage = engine.webPage(record.id);
  const { detachHint } = engine;
  const attach = ` caselink attach ${record.id}`;
  const texts = {
    batchId: record.id,
    headline: t`Batch ${record.id} on ${new URL(record.endpoint).host}`,
    opening: [...(webPage === undefined ? [] : [`Temporal: ${webPage}`]), ...facts],
    footer: widthOf(detachHint + attach) > USUAL_COLUMNS ? `${detachHint}\n ${attach}` : detachHint + attach,
  };
  return new ProgressView(texts, output, await openLiveLines(output));
}
