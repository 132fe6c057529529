import { ASSOCIATIONS_PER_TICKET, type CallFacts, type OsmClient } from "@caselink/sdk";
import type { BatchKind } from "@caselink/ledger";
import type { RowOutcome } from "../workflow/contracts.ts";

/** The calls of the SDK that a chunk makes. */
export type AssociationsApi = Pick<OsmClient, "createAssociations" | "listAssociations" | "deleteAssociation">;

export interface ChunkRow {
  row: number;
  related: string;
  /** In an undo: to be put back and not to be removed. */
  restore?: true;
}

/**
 * Rows to send in one call, and rows for which the ticket has no room. The others wait for what becomes of those to send.
 * Where there are none to send, none wait.
 */
interface Selection {
  toSend: ChunkRow[];
  overLimit: ChunkRow[];
}

/** What a batch does to a ticket: the same way of settling serves creating and undoing. */
export interface Operation {
  /** The outcome of a row that the API confirmed. */
  done(row: ChunkRow): RowOutcome;
  /** The outcome of a row whose aim is reached: `wasBefore` tells whether the association was there when the turn began. */
  reached(row: ChunkRow, isPresent: boolean, wasBefore: boolean): RowOutcome | undefined;
  select(missing: ChunkRow[], present: ReadonlySet<string>, isIsolating: boolean): Selection;
  /** @param kept what the ticket holds, where the call may name it again; else nothing */
  send(
    api: AssociationsApi,
    ticket: string,
    group: string,
    rows: ChunkRow[],
    kept: ReadonlySet<string>,
  ): Promise<CallFacts>;
  /** What the ticket holds after `rows` were sent with success. */
  expected(present: ReadonlySet<string>, rows: ChunkRow[]): Set<string>;
}

export function operationOf(kind: BatchKind, overLimit: "refuse" | "fill"): Operation {
  return kind === "undo" ? removing : creating(overLimit);
}

function creating(overLimit: "refuse" | "fill"): Operation {
  return {
    done: () => "created",
    reached: (_row, isPresent, wasBefore) => (isPresent ? (wasBefore ? "already_associated" : "created") : undefined),
    select(missing, present, isIsolating) {
      const room = Math.max(0, ASSOCIATIONS_PER_TICKET - present.size);
      const fits = missing.length <= room || (overLimit === "fill" && room > 0);
      if (!fits) return { toSend: [], overLimit: missing };
      // Those past the room wait: where one of these is refused, the next takes its place.
      return { toSend: missing.slice(0, isIsolating ? 1 : room), overLimit: [] };
    },
    send: (api, ticketId, group, rows) =>
      api.createAssociations({ ticketId, relatedIds: rows.map(({ related }) => related), ...groupOf(group) }),
    expected: (present, rows) => new Set([...present, ...rows.map(({ related }) => related)]),
  };
}

/** What an undo does: first it removes, then it puts back. */
const removing: Operation = {
  done: (row) => (row.restore ? "restored" : "removed"),
  reached(row, isPresent, wasBefore) {
    if (row.restore) return isPresent ? (wasBefore ? "already_associated" : "restored") : undefined;
    return isPresent ? undefined : wasBefore ? "removed" : "already_absent";
  },
  select(missing, present, isIsolating) {
    // The API removes one association a call.
    const removal = missing.find((row) => !row.restore);
    return removal ? { toSend: [removal], overLimit: [] } : restoring.select(missing, present, isIsolating);
  },
  send: async (api, ticketId, group, rows, kept) => {
    const [first] = rows;
    if (!first) throw new Error("nothing to remove");
    if (!first.restore) return api.deleteAssociation({ ticketId, relatedId: first.related, ...groupOf(group) });
    // The API was seen to replace: what it is not told again would go away.
    const relatedIds = [...new Set([...kept, ...rows.map(({ related }) => related)])];
    return api.createAssociations({ ticketId, relatedIds, ...groupOf(group) });
  },
  expected(present, rows) {
    const after = new Set(present);
    for (const { related, restore } of rows)
      if (restore) after.add(related);
      else after.delete(related);
    return after;
  },
};

const restoring = creating("fill");

const groupOf = (group: string): { groupId?: string } => (group === "" ? {} : { groupId: group });
