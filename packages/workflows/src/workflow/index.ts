// The entry of the workflow bundle. Temporal finds workflows by these names: renaming one breaks running batches.
export { batchWorkflow as caselinkBatch } from "./batch-workflow.ts";
export { laneWorkflow as caselinkLane } from "./lane-workflow.ts";
