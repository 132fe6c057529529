import { osmResponse } from "../simulated-response.ts";
import { decideCreate } from "../create-rules.ts";
import type { Perform } from "../serve.ts";
import { wireValidation } from "../wire-validation.ts";
import { readBody } from "./read-body.ts";
import { successfulWrite } from "./successful-write.ts";

export const createAssociations: Perform = (state, parsed, entry, nowMs) => {
  const checkedBody = readBody(state, parsed, wireValidation.create);
  if (checkedBody.rejection !== undefined) return checkedBody.rejection;
  const requested = checkedBody.body.related_id_list;
  const { config, associations } = state;
  const { limitEnforced, atomic, semantics, duplicate, symmetric } = config;
  const decision = decideCreate(parsed.ticket, associations.relatedTo(parsed.ticket), requested, {
    limitEnforced,
    atomic,
    semantics,
    duplicate,
    symmetric,
    relatedTo: (ticket) => associations.relatedTo(ticket),
    isUnknown: (ticket) => state.isUnknown(ticket),
    isForbidden: (ticket) => state.isForbidden(ticket),
  });
  const { relatedIds, written, removed, rejection } = decision;
  if (written.length > 0 || removed.length > 0) {
    associations.write(parsed.ticket, relatedIds, nowMs, { rememberMs: config.readLagMs, symmetric });
  }
  if (rejection === undefined || written.length > 0 || removed.length > 0) {
    state.journal.recordWrite(entry, written, removed, relatedIds.length);
    if (symmetric) state.journal.auditRelated(entry, (ticket) => associations.relatedTo(ticket).length);
  }
  return rejection === undefined ? successfulWrite(config) : osmResponse(rejection);
};
