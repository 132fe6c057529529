export const ID_COLUMNS = ["case_id", "related_id"] as const;
export type IdColumn = (typeof ID_COLUMNS)[number];

/** How many values of a column are not all in capitals, and how many are not in Unicode's composed form (NFC). */
export interface VariantHints {
  notUpper: number;
  notComposed: number;
}

/** The conditions that {@link VariantHints} counts: two different values without any of them are no variants. */
export const variantHints = (column: IdColumn): Record<keyof VariantHints, string> => ({
  notUpper: `${column} <> upper(${column})`,
  notComposed: `${column} <> nfc_normalize(${column})`,
});
