import { proxyActivities } from "@temporalio/workflow";
import type { Activities } from "./activities.ts";

const { associate } = proxyActivities<Activities>({ startToCloseTimeout: "7 days", heartbeatTimeout: "1 minute" });

/** A workflow of your own, in which a batch is one step. */
export async function linkTickets(file: string): Promise<string> {
  const { rows, created, already_associated: alreadyThere } = await associate(file);
  return `${rows} rows: ${created} created, ${alreadyThere} already there`;
}
