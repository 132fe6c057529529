import { isRunningHere, localTemporalFiles, readState } from "./local-temporal-state.ts";
import { readUsers } from "./local-users.ts";

/** Whether a local Temporal runs for the state folder: a look that starts nothing. */
export async function hasLocalTemporal(home: string): Promise<boolean> {
  const state = await readState(localTemporalFiles(home).state);
  return state !== undefined && state.phase === "ready" && (await isRunningHere(state));
}

/** Whether a process of this machine works there with that ledger: one that was killed may have left it running. */
export async function isLocalTemporalWorked(home: string, ledger: string): Promise<boolean> {
  if (!(await hasLocalTemporal(home))) return false;
  const { live } = await readUsers(localTemporalFiles(home).users);
  return live.some((user) => user.work?.ledger === ledger);
}
