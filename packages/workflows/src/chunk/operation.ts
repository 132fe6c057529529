import { ASSOCIATIONS_PER_TICKET, type CallFacts, type OsmClient } from "@caselink/sdk";
import type { BatchKind } from "@caselink/ledger";
import type { RowOutcome } from "../contracts.ts";

/** The calls of the SDK that a chunk makes. */
export type AssociationsApi = Pick<OsmClient, "createAssociations" | "listAssociations" | "deleteAssociation">;

export interface WantedRow {
  row: number;
  related: string;
}

/** Rows to send in one call, and rows for which the ticket has no room. */
interface Selection {
  toSend: WantedRow[];
  withoutRoom: WantedRow[];
}

/** What a batch does to a ticket: the same way of settling serves creating and undoing. */
export interface Operation {
  /** The outcome of a row that the API confirmed. */
  done: RowOutcome;
  /** The outcome of a row whose aim is reached: `wasBefore` tells whether the association was there when the turn began. */
  reached(isPresent: boolean, wasBefore: boolean): RowOutcome | undefined;
  select(missing: WantedRow[], present: ReadonlySet<string>, isIsolating: boolean): Selection;
  send(api: AssociationsApi, ticket: string, group: string, rows: WantedRow[]): Promise<CallFacts>;
  /** What the ticket holds after `rows` were sent with success. */
  after(present: ReadonlySet<string>, rows: WantedRow[]): Set<string>;
}

export function operationOf(kind: BatchKind, overLimit: "refuse" | "fill"): Operation {
  return kind === "undo" ? removing : creating(overLimit);
}

function creating(overLimit: "refuse" | "fill"): Operation {
  return {
    done: "created",
    reached: (isPresent, wasBefore) => (isPresent ? (wasBefore ? "already_associated" : "created") : undefined),
    select(missing, present, isIsolating) {
      const room = Math.max(0, ASSOCIATIONS_PER_TICKET - present.size);
      const fits = missing.length <= room || overLimit === "fill";
      const fitting = fits ? missing.slice(0, room) : [];
      return {
        toSend: isIsolating ? fitting.slice(0, 1) : fitting,
        withoutRoom: missing.slice(fitting.length),
      };
    },
    send: (api, ticketId, group, rows) =>
      api.createAssociations({ ticketId, relatedIds: rows.map(({ related }) => related), ...groupOf(group) }),
    after: (present, rows) => new Set([...present, ...rows.map(({ related }) => related)]),
  };
}

const removing: Operation = {
  done: "removed",
  reached: (isPresent, wasBefore) => (isPresent ? undefined : wasBefore ? "removed" : "already_absent"),
  // The API removes one association a call.
  select: (missing) => ({ toSend: missing.slice(0, 1), withoutRoom: [] }),
  send: async (api, ticketId, group, rows) => {
    const [first] = rows;
    if (!first) throw new Error("nothing to remove");
    return api.deleteAssociation({ ticketId, relatedId: first.related, ...groupOf(group) });
  },
  after(present, rows) {
    const left = new Set(present);
    for (const { related } of rows) left.delete(related);
    return left;
  },
};

const groupOf = (group: string): { groupId?: string } => (group === "" ? {} : { groupId: group });
