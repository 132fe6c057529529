import { MAX_ASSOCIATIONS } from "../create-rules.ts";
import type { Perform } from "../serve.ts";
import { wireValidation } from "../wire-validation.ts";
import { readBody } from "./read-body.ts";

export const listAssociations: Perform = (world, call, _entry, nowMs) => {
  const asked = readBody(world, call, wireValidation.list);
  if (asked.refusal !== undefined) return asked.refusal;
  const relatedIds = world.associations.relatedToAt(call.ticket, nowMs - world.config.readLagMs);
  const body = {
    case_relation_list: relatedIds.map((related) => ({
      case_id: related,
      simple_description: `Service ticket ${related}`,
      user_name: "demo",
    })),
  };
  // More than the document's three can only be there because the configuration let them in.
  return { status: 200, body, isDeviating: relatedIds.length > MAX_ASSOCIATIONS };
};
