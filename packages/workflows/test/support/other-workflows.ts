// Workflows of the same names that do something else: histories which the real ones cannot replay.
import { defineUpdate, setHandler, sleep } from "@temporalio/workflow";
import { CANCEL_UPDATE, PAUSE_UPDATE, RESUME_UPDATE, SET_MAX_RATE_UPDATE } from "../../src/workflow/contracts.ts";

export function caselinkBatch(): Promise<void> {
  for (const update of [CANCEL_UPDATE, PAUSE_UPDATE, RESUME_UPDATE, SET_MAX_RATE_UPDATE])
    setHandler(defineUpdate(update), () => undefined);
  return sleep("1 hour");
}
export const caselinkLane = (): Promise<void[]> => Promise.all([sleep("1 hour"), sleep("2 hours")]);
