import { osmAnswer } from "../answer.ts";
import { decideCreate } from "../create-rules.ts";
import type { Perform } from "../serve.ts";
import { wireValidation } from "../wire-validation.ts";
import { readBody } from "./read-body.ts";
import { successfulWrite } from "./successful-write.ts";

export const createAssociations: Perform = (world, call, entry, nowMs) => {
  const asked = readBody(world, call, wireValidation.create);
  if (asked.refusal !== undefined) return asked.refusal;
  const requested = asked.body.related_id_list;
  const { config, associations } = world;
  const { limitEnforced, atomic, semantics, duplicate } = config;
  const decision = decideCreate(call.ticket, associations.relatedTo(call.ticket), requested, {
    limitEnforced,
    atomic,
    semantics,
    duplicate,
    isUnknown: (ticket) => world.isUnknown(ticket),
    isForbidden: (ticket) => world.isForbidden(ticket),
  });
  const { relatedIds, written, removed, refusal } = decision;
  if (written.length > 0 || removed.length > 0) {
    associations.write(call.ticket, relatedIds, nowMs, config.readLagMs);
  }
  if (refusal === undefined || written.length > 0 || removed.length > 0) {
    world.journal.recordWrite(entry, written, removed, relatedIds.length);
  }
  return refusal === undefined ? successfulWrite(config) : osmAnswer(refusal);
};
