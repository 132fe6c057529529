import type { RejectSource } from "./reject-source.ts";

const REASON = "reason";
/** Where the input has a column `reason` of its own. */
const OWN_REASON = "caselink_reason";

/** The column of the rejects that says what is wrong. */
export interface ReasonColumn {
  name: string;
  /** For each input, the column of that kind that it has already: of rejects that are rejected only the newest reason stays. */
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
