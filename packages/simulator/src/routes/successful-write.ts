import type { Answer } from "../answer.ts";
import type { CompleteConfig } from "../config.ts";

const SUCCESSES = {
  "empty-object": { status: 200, body: {} },
  "empty-fields": { status: 200, body: { error_code: "", error_msg: "" } },
  "no-body": { status: 200 },
} satisfies Record<CompleteConfig["success"], Answer>;

/** No page shows what a successful write answers, so the configuration says which of the likely forms it is. */
export function successfulWrite(config: CompleteConfig): Answer {
  return SUCCESSES[config.success];
}
