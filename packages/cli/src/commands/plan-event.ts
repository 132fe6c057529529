import type { BatchRecord, Diagnostic, PlanPreview } from "@caselink/ledger";

/** The event with the counts of a plan: the last line of `plan --json`. */
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

/** One event for each warning of the input. */
export function inputWarningEvents({ warnings }: PlanPreview): Record<string, unknown>[] {
  return warnings.map(({ severity: _severity, value: _value, ...place }) => ({ event: "notice", ...place }));
}

/** One event for each of the first errors of the input, or for each that makes an input unusable. */
export function inputErrorEvents(diagnostics: readonly Diagnostic[]): Record<string, unknown>[] {
  return diagnostics.map(({ severity: _severity, ...place }) => ({ event: "fault", ...place }));
}
