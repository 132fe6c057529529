import { workflowInfo } from "@temporalio/workflow";
import { MAX_HISTORY_EVENTS, type BatchInput } from "./contracts.ts";

/** The history of the run is long enough: the workflow has to continue as new. */
export function mustContinueAsNew({
  maxHistoryEvents = MAX_HISTORY_EVENTS,
}: Pick<BatchInput, "maxHistoryEvents">): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > maxHistoryEvents;
}
