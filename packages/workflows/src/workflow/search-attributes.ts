import { defineSearchAttributeKey } from "@temporalio/common";

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
