import { localTemporalFiles, readState } from "./local-temporal-state.ts";
import { isRunning } from "@caselink/ledger";

/** Whether a local Temporal runs for the state folder: a look that starts nothing. */
export async function hasLocalTemporal(home: string): Promise<boolean> {
  const state = await readState(localTemporalFiles(home).state);
  return state !== undefined && state.phase === "ready" && (await isRunning(state));
}
