import { osmResponse } from "../simulated-response.ts";
import type { Perform } from "../serve.ts";
import { wireValidation } from "../wire-validation.ts";
import { readBody } from "./read-body.ts";
import { successfulWrite } from "./successful-write.ts";

export const deleteAssociation: Perform = (state, parsed, entry, nowMs) => {
  const checkedBody = readBody(state, parsed, wireValidation.delete);
  if (checkedBody.rejection !== undefined) return checkedBody.rejection;
  const { related_id: related } = checkedBody.body;
  const { config, associations } = state;
  const present = associations.relatedTo(parsed.ticket);
  // No page documents the response to deleting an absent association.
  if (!present.includes(related)) return osmResponse("OSM.01010015");
  const left = present.filter((other) => other !== related);
  associations.write(parsed.ticket, left, nowMs, { rememberMs: config.readLagMs, symmetric: config.symmetric });
  state.journal.recordWrite(entry, [], [related], left.length);
  return successfulWrite(config);
};
