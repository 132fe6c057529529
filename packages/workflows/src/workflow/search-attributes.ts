import { defineSearchAttributeKey, type SearchAttributePair } from "@temporalio/common";
import type { BatchInput, BatchPhase } from "./contracts.ts";

/**
 * The search attributes of batches in Temporal, for queries such as `CaselinkState = 'blocked'`. A namespace of a cluster has to
 * know them; otherwise batches run without them.
 */
export const searchAttributes = {
  /** The phase of the batch: `running`, `paused`, `blocked`, `cancelling`, `completed` or `cancelled`. */
  state: defineSearchAttributeKey("CaselinkState", "KEYWORD"),
  /** Host and path of the API. */
  endpoint: defineSearchAttributeKey("CaselinkEndpoint", "KEYWORD"),
  /** `create` or `undo`. */
  kind: defineSearchAttributeKey("CaselinkKind", "KEYWORD"),
} as const;

export const SEARCH_ATTRIBUTE_NAMES: readonly string[] = Object.values(searchAttributes).map(({ name }) => name);

/** The search attributes that a batch's workflow starts with. */
export function batchSearchAttributes(
  { endpointKey, kind }: Pick<BatchInput, "endpointKey" | "kind">,
  phase: BatchPhase,
): SearchAttributePair[] {
  return [
    { key: searchAttributes.state, value: phase },
    { key: searchAttributes.endpoint, value: endpointKey },
    { key: searchAttributes.kind, value: kind },
  ];
}
