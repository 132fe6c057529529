// Workflows of the same names that do something else: histories which the real ones cannot replay.
import { sleep } from "@temporalio/workflow";

export const caselinkBatch = (): Promise<void> => sleep("1 hour");
export const caselinkLane = (): Promise<void[]> => Promise.all([sleep("1 hour"), sleep("2 hours")]);
