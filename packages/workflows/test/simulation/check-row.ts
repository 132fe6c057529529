import type { RowResult } from "@caselink/ledger";
import type { History } from "./run-schedule.ts";
import type { ScheduledRow } from "./schedule.ts";

export interface Facts {
  history: History;
  /** The batch that made an association, by `ticket related`. */
  makers: ReadonlyMap<string, string>;
  /** The batch of the row. */
  at: number;
  index: number;
  byRow: ReadonlyMap<number, RowResult>;
}

/** Why the outcome of a row is false; undefined if it is true. */
export function checkRow(row: ScheduledRow, outcome: string | undefined, facts: Facts): string | undefined {
  const { schedule, server } = facts.history;
  const isUndo = schedule.batches[facts.at]?.kind === "undo";
  // The row was not finished when an operator cancelled its batch: it may be made or not.
  if (outcome === "cancelled") return undefined;
  if (server.isForeign(row.ticket)) return checkForeign(row, outcome, facts);
  return isUndo && !row.restore ? checkRemoval(row, outcome, facts) : checkAddition(row, outcome, facts);
}

/**
 * Someone else changes the ticket, and the API does not say who made what. What stays strict: a batch takes credit only for what
 * it asked for, or for what came when it had a snapshot of the ticket, and so may have asked for.
 */
function checkForeign({ ticket, related }: ScheduledRow, outcome: string | undefined, facts: Facts) {
  if (outcome === undefined) return "it should have an outcome";
  if (outcome !== "created" && outcome !== "restored" && outcome !== "removed") return undefined;
  const { server, schedule, firstSnapshots } = facts.history;
  const batch = `batch-${facts.at}`;
  if (server.asked.has(`${batch} ${ticket} ${related}`)) return undefined;
  const shownAt = (firstSnapshots.get(`${batch} ${ticket}`) ?? Number.POSITIVE_INFINITY) - schedule.server.lagMs;
  const changes = outcome === "removed" ? server.removed : server.made;
  const isLater = changes.some((one) => one.ticket === ticket && one.related === related && one.at >= shownAt);
  return isLater ? undefined : "this batch did not ask for it";
}

function checkAddition(row: ScheduledRow, outcome: string | undefined, facts: Facts): string | undefined {
  const { history, makers, at } = facts;
  const { schedule, server } = history;
  const { ticket, related } = row;
  const batch = `batch-${at}`;
  const maker = makers.get(`${ticket} ${related}`);
  const isThere = server.held(ticket).includes(related);
  const wasPreloaded = schedule.preload[ticket]?.includes(related) ?? false;
  if (outcome === (schedule.batches[at]?.kind === "undo" ? "restored" : "created"))
    return isThere && maker === batch ? undefined : `${maker ?? "no batch"} made it`;
  if (outcome === "already_associated")
    return isThere && (wasPreloaded || maker !== batch) ? undefined : `${maker ?? "no batch"} made it`;
  if (isThere && maker === batch && !(outcome === "failed" && cannotBeKnown(facts))) return "this batch made it";
  if (outcome === "limit_reached") return checkLimit(row, facts);
  return checkRejection(row, outcome, facts);
}

function checkLimit({ ticket, related }: ScheduledRow, { history, at, index, byRow }: Facts): string | undefined {
  const { schedule, server } = history;
  // The room that an undo makes may come later than the row.
  if (server.removed.some((one) => one.ticket === ticket)) return undefined;
  const held = server.held(ticket);
  const rows = schedule.batches[at]?.rows ?? [];
  if (schedule.overLimit === "fill") {
    if (held.length < 3) return `it has room beside ${held.join(" ")}`;
    // A crash may lose the rejection. Then the ticket is full of the rows that took its place.
    if (related.startsWith("GONE") || hasUnknownCodes(history)) return undefined;
    const after = rows.find(
      ({ ticket: other }, row) => other === ticket && row > index && byRow.get(row + 1)?.outcome === "created",
    );
    return after && `${after.related}, which comes later, was made`;
  }
  const asked = rows.filter((row) => row.ticket === ticket).map((row) => row.related);
  return new Set([...held, ...asked]).size > 3 ? undefined : `it holds only ${held.join(" ")}`;
}

function checkRemoval({ ticket, related }: ScheduledRow, outcome: string | undefined, facts: Facts) {
  const { server } = facts.history;
  const isThere = server.held(ticket).includes(related);
  const isOwn = server.removed.some((one) => one.ticket === ticket && one.related === related);
  if (outcome === "removed") return !isThere && isOwn ? undefined : "this batch did not remove it";
  if (outcome === "already_absent") return !isThere && !isOwn ? undefined : "it was there";
  return checkRejection({ ticket, related }, outcome, facts);
}

function checkRejection({ ticket, related }: ScheduledRow, outcome: string | undefined, facts: Facts) {
  if (outcome === "not_found") return [ticket, related].some((id) => id.startsWith("GONE")) ? undefined : "both exist";
  if (outcome === "forbidden") return ticket.startsWith("DENIED") ? undefined : "it is permitted";
  // The scheduled faults can give all tries of a row an undocumented code.
  if (outcome === "failed")
    return hasUnknownCodes(facts.history) || cannotBeKnown(facts) ? undefined : "nothing kept failing";
  return "it should have an outcome";
}

const hasUnknownCodes = ({ schedule }: History): boolean =>
  schedule.faults.some((fault) => fault.kind === "request" && fault.fault === "unknownCode");

/** The batch ended while a ticket could not be read. */
const cannotBeKnown = ({ history, at }: Facts): boolean => history.cancelled.has(`batch-${at}`);
