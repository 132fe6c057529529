import type { SimulatedResponse } from "../simulated-response.ts";
import type { CompleteConfig } from "../config.ts";

const SUCCESSES = {
  "empty-object": { status: 200, body: {} },
  "empty-fields": { status: 200, body: { error_code: "", error_msg: "" } },
  "no-body": { status: 200 },
} satisfies Record<CompleteConfig["success"], SimulatedResponse>;

/** No page documents the response to a successful write, so the configuration selects one of the likely forms. */
export function successfulWrite(config: CompleteConfig): SimulatedResponse {
  return SUCCESSES[config.success];
}
