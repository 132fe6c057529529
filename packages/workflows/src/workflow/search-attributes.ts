import { defineSearchAttributeKey } from "@temporalio/common";

/**
 * The search attributes of batches in Temporal, as in `CaselinkState = 'blocked'`. They have to be registered once for each
 * namespace of a cluster. Pure: workflow code imports this module.
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
