import type { RejectSource } from "./reject-source.ts";

const REASON = "reason";
/** The name if the input has its own column `reason`. */
const OWN_REASON = "caselink_reason";

/** The column of the rejects file that holds the errors of a row. */
export interface ReasonColumn {
  name: string;
  /** For each input, its reason column from an earlier rejects file. It is dropped: only the newest reason stays. */
  earlier: readonly (string | undefined)[];
}

export function reasonColumn(sources: readonly RejectSource[]): ReasonColumn {
  const earlier = sources.map(earlierReason);
  const taken = new Set(
    sources.flatMap(({ columns }, index) => columns.filter((name) => name !== earlier[index]).map(lowerCase)),
  );
  if (!taken.has(REASON)) return { name: REASON, earlier };
  let name = OWN_REASON;
  for (let count = 2; taken.has(name); count++) name = `${OWN_REASON}_${count}`;
  return { name, earlier };
}

function earlierReason({ name, columns }: RejectSource): string | undefined {
  if (!/\.rejects(-\d+)?\.\w+(\.gz)?$/i.test(name)) return undefined;
  const find = (wanted: string) => columns.find((column) => lowerCase(column) === wanted);
  return find(OWN_REASON) ?? find(REASON);
}

function lowerCase(name: string): string {
  return name.toLowerCase();
}
