import { makeContinueAsNewFunc, type Workflow, workflowInfo } from "@temporalio/workflow";
import { MAX_HISTORY_EVENTS, type BatchInput } from "./contracts.ts";

/** A server that reports another version again and again makes a run start anew every 10 s, and not in a busy loop. */
const SHORTEST_RUN_MS = 10_000;

/** The history of the run is long enough, or another version is to go on: the workflow has to continue as new. */
export function mustContinueAsNew({
  maxHistoryEvents = MAX_HISTORY_EVENTS,
}: Pick<BatchInput, "maxHistoryEvents">): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > maxHistoryEvents || mustChangeVersion();
}

/** Workers of another version are to run the workflow, which is pinned to its own. Never true on workers without versions. */
export function mustChangeVersion(): boolean {
  const { targetWorkerDeploymentVersionChanged, runStartTime } = workflowInfo();
  return targetWorkerDeploymentVersionChanged && Date.now() - runStartTime.getTime() >= SHORTEST_RUN_MS;
}

/** Continues as new. If workers of another version are to run the workflow, they get the new run. */
export function continueRun<Run extends Workflow>(...input: Parameters<Run>): Promise<never> {
  const changesVersion = workflowInfo().targetWorkerDeploymentVersionChanged;
  return makeContinueAsNewFunc<Run>(changesVersion ? { initialVersioningBehavior: "AUTO_UPGRADE" } : {})(...input);
}
