import { listRelatedIds } from "./list-related-ids.ts";
import type { AssociationsApi } from "./operation.ts";
import { recordOnBreaker, type TurnBreaker } from "./turn-breaker.ts";
import { classifyError } from "./verdict.ts";

/** Reads a ticket that a row names as related. `unread`: later, perhaps. Undefined: the API rejects reading it. */
export async function readRelated(
  related: string,
  api: Pick<AssociationsApi, "listAssociations">,
  breaker: TurnBreaker,
): Promise<ReadonlySet<string> | "unread" | undefined> {
  try {
    const found = await listRelatedIds(api, related);
    breaker.recordResponse();
    return found;
  } catch (error) {
    const verdict = classifyError(error);
    recordOnBreaker(verdict, breaker);
    if (verdict.kind === "wait") breaker.open(verdict.waitReason);
    return verdict.kind === "rejected" || verdict.kind === "undetermined" ? undefined : "unread";
  }
}
