import type { BatchStateData, ChunkReport, WaitReason } from "./contracts.ts";
import { needsOperator } from "./needs-operator.ts";

/** A temporary reason does not hide one that needs an operator, and nothing hides misbehaviour of the API. */
export function setWaitReason(data: BatchStateData, waitReason: WaitReason, now: number): void {
  if (data.waitReason?.kind === "behaviour") return;
  if (needsOperator(data.waitReason) && !needsOperator(waitReason)) return;
  data.waitReason = waitReason;
  data.waitingSince = now;
  // The API says when it continues, or nothing was sent to it: that is no failure.
  const isAnnounced = waitReason.retryAfterMs !== undefined || waitReason.hasNoWorker;
  if (needsOperator(waitReason) || isAnnounced || data.isPaused) delete data.failingSince;
  else data.failingSince ??= now;
}

export function clearWaitReason(data: BatchStateData): void {
  delete data.waitReason;
  delete data.waitingSince;
  delete data.failingSince;
}

/** A turn from before the resume met a cause that is fixed since. */
export function withoutCause({
  waitReason: _waitReason,
  accepted: _accepted,
  rejections: _rejections,
  ...facts
}: ChunkReport): ChunkReport {
  return facts;
}
