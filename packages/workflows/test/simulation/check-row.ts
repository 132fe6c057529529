import type { RowResult } from "@caselink/ledger";
import type { PlannedRow } from "./plan.ts";
import type { BatchHistory, History } from "./run-schedule.ts";

export interface Facts {
  history: History;
  /** The batches that made an association, by `keyOf`. */
  makers: ReadonlyMap<string, readonly string[]>;
  /** The batch of the row. */
  batch: BatchHistory;
  byRow: ReadonlyMap<number, RowResult>;
}

/** Why the outcome of a row is false; undefined if it is true. */
export function checkRow(row: PlannedRow, outcome: string | undefined, facts: Facts): string | undefined {
  const { tickets } = facts.history.server;
  const { isUndo } = facts.batch;
  // The row was not finished when an operator cancelled its batch: it may be made or not.
  if (outcome === "cancelled") return undefined;
  if (tickets.isForeign(row.ticket)) return checkForeign(row, outcome, facts);
  // Its writer could not know that the API is symmetric, and looked at one of its tickets.
  if (tickets.blind.has(tickets.keyOf(row.ticket, row.related)))
    return outcome ? undefined : "it should have an outcome";
  if (outcome === "duplicate") return checkMirrored(row, facts);
  return isUndo && !row.restore ? checkRemoval(row, outcome, facts) : checkAddition(row, outcome, facts);
}

/**
 * Someone else changes the ticket, and the API does not say who made what. What stays strict: a batch takes credit only for what
 * it asked for, or for what came when it had a snapshot of the ticket, and so may have asked for.
 */
function checkForeign({ ticket, related }: PlannedRow, outcome: string | undefined, facts: Facts) {
  if (outcome === undefined) return "it should have an outcome";
  if (outcome !== "created" && outcome !== "restored" && outcome !== "removed") return undefined;
  const { server, schedule, firstSnapshots } = facts.history;
  const { batchId } = facts.batch;
  if (server.asked.has(`${batchId} ${ticket} ${related}`)) return undefined;
  const shownAt = (firstSnapshots.get(`${batchId} ${ticket}`) ?? Number.POSITIVE_INFINITY) - schedule.server.lagMs;
  const changes = outcome === "removed" ? server.tickets.removed : server.tickets.made;
  const key = server.tickets.keyOf(ticket, related);
  const isLater = changes.some((one) => server.tickets.keyOf(one.ticket, one.related) === key && one.at >= shownAt);
  return isLater ? undefined : "this batch did not ask for it";
}

function checkMirrored({ mirrorOf }: PlannedRow, { history, batch }: Facts): string | undefined {
  const isMirrored = history.schedule.server.isSymmetric && batch.rows.some(({ row }) => row === mirrorOf);
  return isMirrored ? undefined : "no earlier row asks for it";
}

function checkAddition(row: PlannedRow, outcome: string | undefined, facts: Facts): string | undefined {
  const { history, makers, batch } = facts;
  const { tickets } = history.server;
  const { ticket, related } = row;
  const key = tickets.keyOf(ticket, related);
  const own = makers.get(key) ?? [];
  const isDisplaced = tickets.removed.some((one) => one.isDisplaced && tickets.keyOf(one.ticket, one.related) === key);
  const isThere = tickets.held(ticket).includes(related);
  const wasThere = isThere || isDisplaced;
  const made = `${own.join(" and ") || "no batch"} made it`;
  // Until they find out, batches work in their own lanes, and one may read what another one has left ambiguous.
  if (wasThere && own.length > 0 && findsOut(history) && ADDED.has(outcome ?? "")) return undefined;
  if (outcome === (batch.isUndo ? "restored" : "created"))
    return wasThere && own.includes(batch.batchId) ? undefined : made;
  if (outcome === "already_associated") {
    const isByOthers = wasPreloaded(row, history) || own.some((maker) => maker !== batch.batchId);
    return wasThere && isByOthers ? undefined : made;
  }
  const isOwn = isThere && own.at(-1) === batch.batchId;
  if (isOwn && !isDisplaced && !(outcome === "failed" && batch.isCancelled)) return "this batch made it";
  if (outcome === "limit_reached") return checkLimit(row, facts);
  return checkRejection(row, outcome, facts);
}

const ADDED: ReadonlySet<string> = new Set(["created", "restored", "already_associated"]);
const findsOut = ({ schedule }: History): boolean =>
  schedule.server.isSymmetric === true && schedule.isSymmetryKnown === false;

function wasPreloaded({ ticket, related }: PlannedRow, { schedule: { preload, server } }: History): boolean {
  const isThere = preload[ticket]?.includes(related) ?? false;
  return isThere || (server.isSymmetric === true && (preload[related]?.includes(ticket) ?? false));
}

function checkLimit({ ticket, related, row }: PlannedRow, { history, batch, byRow }: Facts): string | undefined {
  const { schedule, server } = history;
  const { tickets } = server;
  // The room that an undo makes, or a write that displaces, may come later than the row.
  const isConcerned = (id: string): boolean =>
    id === ticket || (schedule.server.isSymmetric === true && id === related);
  if (tickets.removed.some((one) => isConcerned(one.ticket) || isConcerned(one.related))) return undefined;
  if (schedule.server.isSymmetric && tickets.held(related).length >= 3) return undefined;
  const held = tickets.held(ticket);
  if (schedule.overLimit === "fill") {
    if (held.length < 3) return `it has room beside ${held.join(" ")}`;
    // A crash may lose the rejection. Then the ticket is full of the rows that took its place.
    if (related.startsWith("GONE") || hasUnknownCodes(history)) return undefined;
    // On a symmetric API a ticket gets associations from the rows of others, too.
    if (schedule.server.isSymmetric) return undefined;
    const after = batch.rows.find(
      (other) => other.ticket === ticket && other.row > row && byRow.get(other.row)?.outcome === "created",
    );
    return after && `${after.related}, which comes later, was made`;
  }
  const asked = batch.rows.filter((other) => other.ticket === ticket).map((other) => other.related);
  return new Set([...held, ...asked]).size > 3 ? undefined : `it holds only ${held.join(" ")}`;
}

function checkRemoval(row: PlannedRow, outcome: string | undefined, facts: Facts) {
  const { tickets } = facts.history.server;
  const { ticket, related } = row;
  const key = tickets.keyOf(ticket, related);
  const isThere = tickets.held(ticket).includes(related);
  const removals = tickets.removed.filter((one) => tickets.keyOf(one.ticket, one.related) === key);
  const isOwn = removals.some(({ isDisplaced }) => !isDisplaced);
  if (outcome === "removed") return !isThere && isOwn ? undefined : "this batch did not remove it";
  if (outcome === "already_absent") return !isThere && !isOwn ? undefined : "it was there";
  return checkRejection(row, outcome, facts);
}

function checkRejection({ ticket, related }: PlannedRow, outcome: string | undefined, { history, batch }: Facts) {
  if (outcome === "not_found") return [ticket, related].some((id) => id.startsWith("GONE")) ? undefined : "both exist";
  if (outcome === "forbidden") {
    const ids = history.schedule.server.isSymmetric ? [ticket, related] : [ticket];
    return ids.some((id) => id.startsWith("DENIED")) ? undefined : "it is permitted";
  }
  // The scheduled faults can give all tries of a row an undocumented code. A batch that was cancelled may have ended while
  // a ticket could not be read.
  if (outcome === "failed") return hasUnknownCodes(history) || batch.isCancelled ? undefined : "nothing kept failing";
  return "it should have an outcome";
}

const hasUnknownCodes = ({ schedule }: History): boolean =>
  schedule.faults.some((fault) => fault.kind === "request" && fault.fault === "unknownCode");
