/** A row as the page holds it: the report's own columns in their order, then the input's others. */
export type PageRow = readonly (string | number | null)[];

/** What the page knows beside the rows. */
export interface PageMeta {
  /** Names of the input's other columns, as the CSV has them. */
  columns: string[];
  /** Of the whole batch; rows without one have the name "". */
  outcomes: { name: string; words: string; rows: number; isSucceeded: boolean }[];
  /** The reasons of the overview, in its order. */
  reasons: PageReason[];
}

/** Why rows did not succeed: these three are the same in all of them. */
export interface PageReason {
  outcome: string;
  code: string | null;
  message: string | null;
}
