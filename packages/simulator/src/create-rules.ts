import { DUPLICATE_CODE, type OsmCode } from "./answer.ts";
import type { CompleteConfig } from "./config.ts";
import { osmDocument } from "./generated/osm-document.ts";

/** Source: "Creating an Association": a maximum of three associations are supported for a service ticket. */
export const MAX_ASSOCIATIONS = osmDocument["x-osm-limits"].associationsPerTicket;

export type CreateRules = Pick<CompleteConfig, "limitEnforced" | "atomic" | "semantics" | "duplicate"> & {
  readonly isUnknown: (ticket: string) => boolean;
  readonly isForbidden: (ticket: string) => boolean;
};

export interface CreateDecision {
  /** All that the ticket has afterwards. */
  readonly relatedIds: readonly string[];
  readonly written: readonly string[];
  /** What `semantics: "replace"` dropped. */
  readonly removed: readonly string[];
  readonly refusal?: OsmCode;
}

/** What a create does to a ticket that exists and that the caller may touch. */
export function decideCreate(
  ticket: string,
  present: readonly string[],
  requested: readonly string[],
  rules: CreateRules,
): CreateDecision {
  const next = new Set(rules.semantics === "add" ? present : []);
  let refusal: OsmCode | undefined;
  for (const related of requested) {
    refusal = refusalOf(ticket, related, present, next, rules);
    if (refusal !== undefined) break;
    next.add(related);
  }
  if (refusal !== undefined && rules.atomic) return { relatedIds: present, written: [], removed: [], refusal };
  const relatedIds = [...next];
  return {
    relatedIds,
    written: relatedIds.filter((related) => !present.includes(related)),
    removed: present.filter((related) => !next.has(related)),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function refusalOf(
  ticket: string,
  related: string,
  present: readonly string[],
  next: ReadonlySet<string>,
  rules: CreateRules,
): OsmCode | undefined {
  if (related === ticket) return "OSM.01010044";
  if (rules.isUnknown(related)) return "OSM.01010015";
  if (rules.isForbidden(related)) return "OSM.01010002";
  if (present.includes(related) && rules.duplicate === "error") return DUPLICATE_CODE;
  if (rules.limitEnforced && !next.has(related) && next.size >= MAX_ASSOCIATIONS) return "OSM.01010043";
  return undefined;
}
