import type { BatchRecord, Fault, PlanPreview } from "@caselink/ledger";

/** The last line of `plan --json`, and the first of `run --json`. */
export function planEvent(
  { counts }: Pick<BatchRecord, "counts">,
  rejects: string | undefined,
): Record<string, unknown> {
  return {
    event: "plan",
    rows: counts.rows,
    tickets: counts.tickets,
    to_send: counts.to_send,
    tickets_to_send: counts.tickets_to_send,
    duplicate: counts.duplicate,
    limit_reached: counts.limit_reached,
    invalid: counts.invalid,
    ...(rejects !== undefined && { rejects }),
  };
}

/** What is not wrong and yet most likely not meant, a line each. */
export function noticeEvents({ notices }: PlanPreview): Record<string, unknown>[] {
  return notices.map((notice) => ({ event: "notice", ...notice }));
}

/** The first faults of the input, or those for which it cannot be used, a line each. */
export function faultEvents({ faults }: { faults: readonly Fault[] }): Record<string, unknown>[] {
  return faults.map((fault) => ({ event: "fault", ...fault }));
}
