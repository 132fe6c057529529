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

/** One event for each warning of the input, and one for all related tickets that may be over the limit. */
export function inputWarningEvents(plan: PlanPreview): Record<string, unknown>[] {
  const events = plan.warnings.map(({ severity: _severity, value: _value, ...place }) => ({
    event: "notice",
    ...place,
  }));
  return [...events, ...crowdedEvents(plan)];
}

function crowdedEvents({ crowdedRelated, crowdedRelatedCount, record }: PlanPreview): Record<string, unknown>[] {
  const [first] = crowdedRelated;
  if (first === undefined) return [];
  return [
    {
      event: "notice",
      file: first.files?.[0] ?? record.inputs[0]?.name,
      line: first.lines[0],
      column: "related_id",
      reason:
        "more than three rows name a related ticket, and it is not known whether an association counts on both tickets",
      advice: "find out with caselink doctor --probe",
      related_tickets: crowdedRelatedCount,
      first: crowdedRelated.map(({ ticket, asked, lines, files }) => ({
        related_id: ticket,
        rows: asked,
        lines,
        ...(files && { files }),
      })),
    },
  ];
}

/** One event for each of the first errors of the input, or for each that makes an input unusable. */
export function inputErrorEvents(diagnostics: readonly Diagnostic[]): Record<string, unknown>[] {
  return diagnostics.map(({ severity: _severity, ...place }) => ({ event: "fault", ...place }));
}
