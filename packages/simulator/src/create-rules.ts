import { DUPLICATE_CODE, type OsmCode } from "./simulated-response.ts";
import type { CompleteConfig } from "./config.ts";
import { osmDocument } from "./generated/osm-document.ts";

/** Source: "Creating an Association": a maximum of three associations are supported for a service ticket. */
export const MAX_ASSOCIATIONS = osmDocument["x-osm-limits"].associationsPerTicket;

export type CreateRules = Pick<CompleteConfig, "limitEnforced" | "atomic" | "semantics" | "duplicate" | "symmetric"> & {
  /** The present associations of another ticket. */
  readonly relatedTo: (ticket: string) => readonly string[];
  readonly isUnknown: (ticket: string) => boolean;
  readonly isForbidden: (ticket: string) => boolean;
};

export interface CreateDecision {
  /** The ticket's associations after the create. */
  readonly relatedIds: readonly string[];
  readonly written: readonly string[];
  /** The associations that `semantics: "replace"` removed. */
  readonly removed: readonly string[];
  readonly rejection?: OsmCode;
}

/** Decides what a create does to a ticket that exists and that the caller may change. */
export function decideCreate(
  ticket: string,
  present: readonly string[],
  requested: readonly string[],
  rules: CreateRules,
): CreateDecision {
  const next = new Set(rules.semantics === "add" ? present : []);
  let rejection: OsmCode | undefined;
  for (const related of requested) {
    rejection = rejectionOf(ticket, related, present, next, rules);
    if (rejection !== undefined) break;
    next.add(related);
  }
  if (rejection !== undefined && rules.atomic) return { relatedIds: present, written: [], removed: [], rejection };
  const relatedIds = [...next];
  return {
    relatedIds,
    written: relatedIds.filter((related) => !present.includes(related)),
    removed: present.filter((related) => !next.has(related)),
    ...(rejection === undefined ? {} : { rejection }),
  };
}

function rejectionOf(
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
  if (rules.limitEnforced && rules.symmetric && isFullFor(ticket, rules.relatedTo(related))) return "OSM.01010043";
  return undefined;
}

function isFullFor(ticket: string, presentOfRelated: readonly string[]): boolean {
  return presentOfRelated.length >= MAX_ASSOCIATIONS && !presentOfRelated.includes(ticket);
}
