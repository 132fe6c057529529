import type { Trouble } from "./contracts.ts";

/** Waiting alone does not help: somebody has to mend the credentials, the permission or the address, or look at what the API did. */
const OPERATORS_MATTER: ReadonlySet<Trouble["kind"]> = new Set(["credentials", "permission", "endpoint", "behaviour"]);

export function needsOperator(trouble: Trouble | undefined): trouble is Trouble {
  return trouble !== undefined && OPERATORS_MATTER.has(trouble.kind);
}
