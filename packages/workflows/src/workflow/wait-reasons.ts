import type { BatchStateData, ChunkReport, WaitReason } from "./contracts.ts";
import { needsOperator } from "./needs-operator.ts";

/**
 * A temporary reason does not hide one that needs an operator, or a wait that the API announced, and nothing hides misbehaviour
 * of the API.
 */
export function setWaitReason(data: BatchStateData, waitReason: WaitReason, now: number): void {
  if (data.waitReason?.kind === "behaviour") return;
  if (needsOperator(data.waitReason) && !needsOperator(waitReason)) return;
  const isAnnounced = waitReason.retryAfterMs !== undefined;
  if (!isWaitAnnounced(data, now) || isAnnounced || needsOperator(waitReason)) {
    data.waitReason = waitReason;
    data.waitingSince = now;
  }
  // The API says when it continues, or nothing was sent to it: that is no failure.
  if (isAnnounced || waitReason.hasNoWorker || needsOperator(waitReason) || data.isPaused) delete data.failingSince;
  else data.failingSince ??= now;
}

/** The batch makes progress. Lanes that wait for the time that the API announced still do. */
export function recordProgress(data: BatchStateData, now: number): void {
  if (isWaitAnnounced(data, now)) delete data.failingSince;
  else clearWaitReason(data);
}

export function clearWaitReason(data: BatchStateData): void {
  delete data.waitReason;
  delete data.waitingSince;
  delete data.failingSince;
}

function isWaitAnnounced({ waitReason, waitingSince = 0 }: BatchStateData, now: number): boolean {
  return waitReason?.retryAfterMs !== undefined && now < waitingSince + waitReason.retryAfterMs;
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
