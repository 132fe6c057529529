import type { AssociationsApi } from "./operation.ts";

/** Lists a ticket's associations. The signal ends a read on which nothing depends. */
export async function listRelatedIds(
  api: Pick<AssociationsApi, "listAssociations">,
  ticketId: string,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const { associations } = await api.listAssociations({ ticketId }, signal ? { signal } : {});
  return new Set(associations.map((association) => association.ticketId));
}
