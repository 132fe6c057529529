import type { WaitReason } from "./contracts.ts";

/** An operator has to fix the credentials, the permission or the address, or examine the behaviour of the API. */
const NEEDS_OPERATOR: ReadonlySet<WaitReason["kind"]> = new Set(["credentials", "permission", "endpoint", "behaviour"]);

/** True if waiting does not help: the batch is blocked. */
export function needsOperator(waitReason: WaitReason | undefined): waitReason is WaitReason {
  return waitReason !== undefined && NEEDS_OPERATOR.has(waitReason.kind);
}
