import { defineSearchAttributeKey } from "@temporalio/common";

/**
 * What batches can be searched by in Temporal: `CaselinkState = 'blocked'`. A cluster has to know them: they are registered
 * once for a namespace. Pure: workflow code imports this module.
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
