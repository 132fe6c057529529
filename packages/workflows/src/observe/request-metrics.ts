import { isApiError, type ApiOperation, type AttemptReport, type Hooks } from "@caselink/sdk";
import type { EngineMetrics } from "./engine-metrics.ts";

const OPERATIONS: Readonly<Record<AttemptReport["method"], ApiOperation>> = {
  GET: "list",
  POST: "create",
  DELETE: "delete",
};

/** Hooks for the API connector of a worker that report each request to its metrics. A request that was not sent does not count. */
export function requestMetricsHooks(metrics: EngineMetrics): Hooks {
  return {
    afterResponse({ method, httpStatus, elapsedMs, error }) {
      const result = error === undefined ? "ok" : isApiError(error) ? error.errorClass : error.kind;
      if (result === "unsent") return;
      metrics.requestEnded({ operation: OPERATIONS[method], result, httpStatus, elapsedMs });
    },
  };
}
