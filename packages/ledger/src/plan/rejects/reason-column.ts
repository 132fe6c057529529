import { earlierReasonColumn, OWN_REASON, REASON } from "./harmless-cells.ts";
import type { RejectSource } from "./reject-source.ts";

/** The column of the rejects file that holds the errors of a row. */
export interface ReasonColumn {
  name: string;
  /** For each input, its reason column from an earlier rejects file. It is dropped: only the newest reason stays. */
  earlier: readonly (string | undefined)[];
}

export function reasonColumn(sources: readonly RejectSource[]): ReasonColumn {
  const earlier = sources.map(({ name, columns }) => earlierReasonColumn(name, columns));
  const taken = new Set(
    sources.flatMap(({ columns }, index) => columns.filter((name) => name !== earlier[index]).map(lowerCase)),
  );
  if (!taken.has(REASON)) return { name: REASON, earlier };
  let name = OWN_REASON;
  for (let count = 2; taken.has(name); count++) name = `${OWN_REASON}_${count}`;
  return { name, earlier };
}

function lowerCase(name: string): string {
  return name.toLowerCase();
}
