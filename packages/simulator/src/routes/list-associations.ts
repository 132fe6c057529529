import { MAX_ASSOCIATIONS } from "../create-rules.ts";
import type { Perform } from "../serve.ts";
import { wireValidation } from "../wire-validation.ts";
import { readBody } from "./read-body.ts";

export const listAssociations: Perform = (state, parsed, _entry, nowMs) => {
  const checkedBody = readBody(state, parsed, wireValidation.list);
  if (checkedBody.rejection !== undefined) return checkedBody.rejection;
  const relatedIds = state.associations.relatedToAt(parsed.ticket, nowMs - state.config.readLagMs);
  const body = {
    case_relation_list: relatedIds.map((related) => ({
      case_id: related,
      simple_description: `Service ticket ${related}`,
      user_name: "demo",
    })),
  };
  // A ticket can have more than the three that the document allows only if the configuration allows it.
  return { status: 200, body, isDeviating: relatedIds.length > MAX_ASSOCIATIONS };
};
