import { BatchState } from "../workflow/batch-state.ts";
import type { BatchInput, BatchPhase } from "../workflow/contracts.ts";
import type { CarriedState } from "./carried-state.ts";

/** The input of the run that replaces a halted one, with a state that workers of every version continue with. */
export function replacementOf(halted: BatchInput, carried: CarriedState): BatchInput {
  const { state: _state, replacedRuns = 0, ...planned } = halted;
  const input: BatchInput = { ...planned, isRestart: true, replacedRuns: replacedRuns + 1 };
  const state = new BatchState(input, carried.startedAt);
  Object.assign(state.data, carried);
  if (carried.isPaused || carried.waitReason) {
    // A held batch reads its ambiguous tickets now: other batches wait for them. It does not read the shared lane's, because it
    // would stay in that lane after a resume.
    state.readUnreadLanes(carried.startedAt);
    delete state.data.isSharedUnread;
  }
  return { ...input, state: state.data };
}

export function phaseOf({ isCancelled, isPaused, waitReason }: CarriedState): BatchPhase {
  if (isCancelled) return "cancelling";
  return isPaused ? "paused" : waitReason ? "blocked" : "running";
}
