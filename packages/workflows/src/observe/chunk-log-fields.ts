import type { ActivityInterceptorsFactory } from "@temporalio/worker";
import { chunkIdOf } from "@caselink/ledger";
import type { ChunkTask } from "../workflow/contracts.ts";

/** Adds `batch`, `lane` and `chunk` to the log lines of activities that work a chunk. */
export const chunkLogFields: ActivityInterceptorsFactory = () => {
  let fields: Record<string, unknown> = {};
  return {
    inbound: {
      execute(input, next) {
        const [task] = input.args as [Partial<ChunkTask>?];
        if (task?.batchId !== undefined && task.lane !== undefined && task.index !== undefined)
          fields = { batch: task.batchId, lane: task.lane, chunk: chunkIdOf(task.lane, task.index) };
        return next(input);
      },
    },
    outbound: { getLogAttributes: (attributes, next) => ({ ...next(attributes), ...fields }) },
  };
};
