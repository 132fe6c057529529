import { osmAnswer } from "../answer.ts";
import type { Perform } from "../serve.ts";
import { wireValidation } from "../wire-validation.ts";
import { readBody } from "./read-body.ts";
import { successfulWrite } from "./successful-write.ts";

export const deleteAssociation: Perform = (world, call, entry, nowMs) => {
  const asked = readBody(world, call, wireValidation.delete);
  if (asked.refusal !== undefined) return asked.refusal;
  const { related_id: related } = asked.body;
  const { config, associations } = world;
  const present = associations.relatedTo(call.ticket);
  // No page says what deleting an absent association answers.
  if (!present.includes(related)) return osmAnswer("OSM.01010015");
  const left = present.filter((other) => other !== related);
  associations.write(call.ticket, left, nowMs, config.readLagMs);
  world.journal.recordWrite(entry, [], [related], left.length);
  return successfulWrite(config);
};
