/**
 * Names by their meaning, such as `{ "limit no": "OSM.01010043" }`. A name may end in the HTTP status that belongs to it, as in
 * `APIGW.0201:400`. Text is a fraction of the size of objects, and failures are rare enough to search it.
 */
export type MeaningTable = Readonly<Record<string, string>>;

/** The two words of a name's meaning and the HTTP status that belongs to the name; empty if the table does not have it. */
export function findMeaning(table: MeaningTable, name: string | undefined): string[] {
  for (const [meaning, names] of Object.entries(table))
    for (const entry of names.split(" ")) {
      const [known, ...status] = entry.split(":");
      if (known === name) return [...meaning.split(" "), ...status];
    }
  return [];
}
