import { setTimeout as delay } from "node:timers/promises";
import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import type { BatchProgress, Trouble } from "@caselink/workflows";
import type { Engine } from "../engine/engine.ts";
import type { Output } from "../output.ts";
import { USUAL_COLUMNS } from "../screen/format.ts";
import { ProgressView } from "../screen/progress-view.ts";

export type FollowResult =
  | { kind: "finished"; summary: BatchSummary }
  | { kind: "blocked"; trouble: Trouble; progress: BatchProgress }
  | { kind: "detached" };

const POLL_MS = 400;
/** What turns have done that are under way is looked at so often. */
const LOOK_MS = 2_000;
/** A batch that says nothing for so long has no worker. */
const SILENCE_MS = 10_000;

/** Shows how a batch goes until it ends, is blocked, or `detach` is aborted. */
export async function followBatch(
  record: BatchRecord,
  engine: Engine,
  output: Output,
  detach: AbortSignal,
): Promise<FollowResult> {
  const view = viewOf(record, engine, output);
  const end = engine.batches.summary(record.id).then((summary): FollowResult => ({ kind: "finished", summary }));
  const stop = new AbortController();
  const detached = new Promise<FollowResult>((resolve) => {
    const leave = (): void => resolve({ kind: "detached" });
    if (detach.aborted) leave();
    else detach.addEventListener("abort", leave, { once: true, signal: stop.signal });
  });
  let lastAnswerAt = Date.now();
  let lookedAt = 0;
  let shown: BatchProgress | undefined;
  // A poll that fails (the local Temporal is being started again) is one picture less; the end is awaited apart.
  const poll = async (): Promise<FollowResult> => {
    for (;;) {
      const isLook = Date.now() - lookedAt >= LOOK_MS;
      const asked = isLook ? engine.batches.progressNow(record) : engine.batches.progress(record.id);
      const progress = await asked.catch(() => undefined);
      if (isLook) lookedAt = Date.now();
      if (progress) {
        lastAnswerAt = Date.now();
        shown = furthest(progress, shown);
        view.show(shown);
      }
      if (progress?.phase === "blocked" && progress.trouble) {
        return { kind: "blocked", trouble: progress.trouble, progress };
      }
      await delay(POLL_MS, undefined, { signal: stop.signal });
    }
  };
  const silence = setInterval(() => {
    if (engine.whenSilent === undefined || Date.now() - lastAnswerAt < SILENCE_MS) return;
    view.tell(engine.whenSilent);
    lastAnswerAt = Infinity; // once until it speaks again
  }, POLL_MS);
  let ending: FollowResult | undefined;
  try {
    return (ending = await Promise.race([end, poll(), detached, engine.lost]));
  } finally {
    stop.abort();
    clearInterval(silence);
    view.close({ isOver: ending !== undefined && ending.kind !== "detached" });
  }
}

/** What was done stays done: an answer that knows less of what is under way takes nothing back. */
function furthest(now: BatchProgress, before: BatchProgress | undefined): BatchProgress {
  return before && before.settledTickets > now.settledTickets
    ? { ...now, settledTickets: before.settledTickets, outcomes: before.outcomes }
    : now;
}

function viewOf(record: BatchRecord, engine: Engine, output: Output): ProgressView {
  const webPage = engine.webPage(record.id);
  const safe = `Safe to close: it goes on ${engine.whenLeft}.`;
  const attach = `  caselink attach ${record.id}`;
  const texts = {
    batchId: record.id,
    headline: `Batch ${record.id} on ${new URL(record.endpoint).host}`,
    opening: webPage === undefined ? [] : [`Temporal: ${webPage}`],
    footer: safe.length + attach.length > USUAL_COLUMNS ? `${safe}\n${attach}` : safe + attach,
  };
  return new ProgressView(texts, output);
}
