import type { Trouble } from "./contracts.ts";

/** An operator has to fix the credentials, the permission or the address, or examine the behaviour of the API. */
const NEEDS_OPERATOR: ReadonlySet<Trouble["kind"]> = new Set(["credentials", "permission", "endpoint", "behaviour"]);

/** True if waiting does not help: the batch is blocked. */
export function needsOperator(waitReason: Trouble | undefined): waitReason is Trouble {
  return waitReason !== undefined && NEEDS_OPERATOR.has(waitReason.kind);
}
