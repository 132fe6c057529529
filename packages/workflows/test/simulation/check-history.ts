import type { History } from "./run-schedule.ts";
import type { ScheduledRow } from "./schedule.ts";

/** The promises that the run broke; none if all is well. */
export function checkHistory({ schedule, server, results }: History): string[] {
  const violations = [...server.violations];
  const makers = new Map<string, string>();
  for (const { ticket, related, batch } of server.made) {
    const key = `${ticket} ${related}`;
    if (makers.has(key)) violations.push(`${key} was made twice`);
    makers.set(key, batch);
  }
  schedule.batches.forEach(({ kind, rows }, at) => {
    const batch = `batch-${at}`;
    const byRow = new Map((results.get(batch) ?? []).map((result) => [result.row, result]));
    if (byRow.size !== rows.length) violations.push(`${batch} has ${byRow.size} results for ${rows.length} rows`);
    rows.forEach((row, index) => {
      const { ticket, related } = row;
      const outcome = byRow.get(index + 1)?.outcome;
      const violation =
        kind === "undo" && !row.restore ? checkRemoval(row, outcome) : checkRow(index, ticket, related, outcome);
      if (violation) violations.push(`${batch} says ${String(outcome)} of ${ticket} ${related}, but ${violation}`);
    });

    function checkRow(index: number, ticket: string, related: string, outcome?: string): string | undefined {
      const held = server.held(ticket);
      const maker = makers.get(`${ticket} ${related}`);
      const isThere = held.includes(related);
      const wasPreloaded = schedule.preload[ticket]?.includes(related) ?? false;
      if (outcome === (kind === "undo" ? "restored" : "created"))
        return isThere && maker === batch ? undefined : `${maker ?? "no batch"} made it`;
      if (outcome === "already_associated") {
        return isThere && (wasPreloaded || maker !== batch) ? undefined : `${maker ?? "no batch"} made it`;
      }
      if (isThere && maker === batch) return "this batch made it";
      // The room that an undo makes may come later than the row.
      if (outcome === "limit_reached" && hasRemovals(ticket)) return undefined;
      if (outcome === "limit_reached") {
        if (schedule.overLimit === "fill") {
          if (held.length < 3) return `it has room beside ${held.join(" ")}`;
          // A crash may lose the rejection. Then the ticket is full of the rows that took its place.
          if (related.startsWith("GONE") || hasUnknownCodes()) return undefined;
          const after = rows.find(
            ({ ticket: other }, at) => other === ticket && at > index && byRow.get(at + 1)?.outcome === "created",
          );
          return after && `${after.related}, which comes later, was made`;
        }
        const asked = rows.filter((row) => row.ticket === ticket).map((row) => row.related);
        return new Set([...held, ...asked]).size > 3 ? undefined : `it holds only ${held.join(" ")}`;
      }
      return checkRejection(ticket, related, outcome);
    }
  });
  return violations;

  function checkRemoval({ ticket, related }: ScheduledRow, outcome?: string): string | undefined {
    const isThere = server.held(ticket).includes(related);
    const isOwn = server.removed.some((one) => one.ticket === ticket && one.related === related);
    if (outcome === "removed") return !isThere && isOwn ? undefined : "this batch did not remove it";
    if (outcome === "already_absent") return !isThere && !isOwn ? undefined : "it was there";
    return checkRejection(ticket, related, outcome);
  }

  function checkRejection(ticket: string, related: string, outcome?: string): string | undefined {
    if (outcome === "not_found")
      return [ticket, related].some((id) => id.startsWith("GONE")) ? undefined : "both exist";
    if (outcome === "forbidden") return ticket.startsWith("DENIED") ? undefined : "it is permitted";
    // The scheduled faults can give all tries of a row an undocumented code.
    if (outcome === "failed") return hasUnknownCodes() ? undefined : "nothing kept failing";
    return "it should have an outcome";
  }

  function hasRemovals(ticket: string): boolean {
    return server.removed.some((one) => one.ticket === ticket);
  }

  function hasUnknownCodes(): boolean {
    return schedule.faults.some((fault) => fault.kind === "request" && fault.fault === "unknownCode");
  }
}
