/** A row of the page: the report's own columns in their order, then the input's other columns. */
export type PageRow = readonly (string | number | null)[];

/** The page's data in addition to the rows. */
export interface PageMeta {
  /** Names of the input's other columns, as in the CSV. */
  columns: string[];
  /** The outcomes of the whole batch. The name "" stands for rows without an outcome. */
  outcomes: { name: string; label: string; rows: number; isSucceeded: boolean }[];
  /** The reasons in the overview, in the same order. */
  reasons: PageReason[];
  /** The translations of the texts of the page's code, by the English ones. An English page has none. */
  texts?: Record<string, string>;
}

/** A reason why rows are not done. The rows of one reason have the same outcome, code and message. */
export interface PageReason {
  outcome: string;
  code: string | null;
  message: string | null;
}
