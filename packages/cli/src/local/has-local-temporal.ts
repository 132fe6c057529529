import { countLiveUsers, localTemporalFiles, readState } from "./local-temporal-state.ts";
import { isRunning } from "@caselink/ledger";

/** Whether a local Temporal runs for the state folder: a look that starts nothing. */
export async function hasLocalTemporal(home: string): Promise<boolean> {
  const state = await readState(localTemporalFiles(home).state);
  return state !== undefined && state.phase === "ready" && (await isRunning(state));
}

/** Whether a process of this machine uses it: one that was killed may have left it running, and nobody works there. */
export async function isLocalTemporalUsed(home: string): Promise<boolean> {
  return (await hasLocalTemporal(home)) && (await countLiveUsers(localTemporalFiles(home).users)) > 0;
}
