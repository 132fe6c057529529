import { listRelatedIds } from "./list-related-ids.ts";
import type { AssociationsApi } from "./operation.ts";
import type { TurnStop } from "./turn-stop.ts";
import { classifyError } from "./verdict.ts";

/** Reads a ticket that a row names as related. `unread`: later, perhaps. Undefined: the API rejects reading it. */
export async function readRelated(
  related: string,
  api: Pick<AssociationsApi, "listAssociations">,
  turnStop: TurnStop,
): Promise<ReadonlySet<string> | "unread" | undefined> {
  try {
    return await listRelatedIds(api, related);
  } catch (error) {
    const verdict = classifyError(error);
    turnStop.take(verdict, related);
    return verdict.kind === "rejected" || verdict.kind === "undetermined" ? undefined : "unread";
  }
}
