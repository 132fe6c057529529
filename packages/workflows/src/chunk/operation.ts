import { ASSOCIATIONS_PER_TICKET, type CallFacts, type OsmClient } from "@caselink/sdk";
import type { BatchKind, ChunkRow } from "@caselink/ledger";
import type { RowOutcome } from "../workflow/contracts.ts";

/** The calls of the SDK that a chunk makes. */
export type AssociationsApi = Pick<OsmClient, "createAssociations" | "listAssociations" | "deleteAssociation">;

/**
 * Rows to send in one call, and rows over the ticket's limit. Rows in neither list wait for the result of the call; if there
 * is nothing to send, there are no such rows.
 */
interface Selection {
  toSend: ChunkRow[];
  overLimit: ChunkRow[];
}

/** The calls and outcomes of a kind of batch: the same code settles tickets of creating and of undoing batches. */
export interface Operation {
  /** True if the row creates an association, false if it removes one. */
  adds(row: ChunkRow): boolean;
  /** The outcome of a row that the API confirmed. */
  done(row: ChunkRow): RowOutcome;
  /** The outcome of a row that reached its goal, else undefined. @param wasBefore the snapshot contains the association */
  reached(row: ChunkRow, isPresent: boolean, wasBefore: boolean): RowOutcome | undefined;
  select(missing: ChunkRow[], current: ReadonlySet<string>, isIsolating: boolean): Selection;
  /** The related tickets that a call names. @param current the associations that it may name again; else none */
  named(rows: ChunkRow[], current: ReadonlySet<string>): string[];
  /** @param current as for `named` */
  send(
    api: AssociationsApi,
    ticket: string,
    group: string,
    rows: ChunkRow[],
    current: ReadonlySet<string>,
  ): Promise<CallFacts>;
  /** The associations of the ticket after `rows` were sent with success. */
  expected(current: ReadonlySet<string>, rows: ChunkRow[]): Set<string>;
}

export function operationOf(kind: BatchKind, overLimit: "refuse" | "fill"): Operation {
  return kind === "undo" ? removing : creating(overLimit);
}

const relatedIdsOf = (rows: readonly ChunkRow[]): string[] => rows.map(({ related }) => related);

function creating(overLimit: "refuse" | "fill"): Operation {
  return {
    adds: () => true,
    done: () => "created",
    reached: (_row, isPresent, wasBefore) => (isPresent ? (wasBefore ? "already_associated" : "created") : undefined),
    select(missing, current, isIsolating) {
      const room = Math.max(0, ASSOCIATIONS_PER_TICKET - current.size);
      const fits = missing.length <= room || (overLimit === "fill" && room > 0);
      if (!fits) return { toSend: [], overLimit: missing };
      // Rows over the limit wait: if one of the others is rejected, the next one takes its place.
      return { toSend: missing.slice(0, isIsolating ? 1 : room), overLimit: [] };
    },
    named: relatedIdsOf,
    send: (api, ticketId, group, rows) =>
      api.createAssociations({ ticketId, relatedIds: relatedIdsOf(rows), ...groupOf(group) }),
    expected: (current, rows) => new Set([...current, ...relatedIdsOf(rows)]),
  };
}

/** An undo first removes associations, then restores others. */
const removing: Operation = {
  adds: (row) => row.restore ?? false,
  done: (row) => (row.restore ? "restored" : "removed"),
  reached(row, isPresent, wasBefore) {
    if (row.restore) return isPresent ? (wasBefore ? "already_associated" : "restored") : undefined;
    return isPresent ? undefined : wasBefore ? "removed" : "already_absent";
  },
  select(missing, current, isIsolating) {
    // The API removes one association per call.
    const removal = missing.find((row) => !row.restore);
    return removal ? { toSend: [removal], overLimit: [] } : restoring.select(missing, current, isIsolating);
  },
  named(rows, current) {
    const asked = relatedIdsOf(rows);
    // An API that replaces would remove the associations that a call does not name again.
    return rows[0]?.restore ? [...new Set([...current, ...asked])] : asked;
  },
  send: async (api, ticketId, group, rows, current) => {
    const [first] = rows;
    if (!first) throw new Error("nothing to remove");
    if (!first.restore) return api.deleteAssociation({ ticketId, relatedId: first.related, ...groupOf(group) });
    return api.createAssociations({ ticketId, relatedIds: removing.named(rows, current), ...groupOf(group) });
  },
  expected(current, rows) {
    const expected = new Set(current);
    for (const { related, restore } of rows)
      if (restore) expected.add(related);
      else expected.delete(related);
    return expected;
  },
};

const restoring = creating("fill");

const groupOf = (group: string): { groupId?: string } => (group === "" ? {} : { groupId: group });
