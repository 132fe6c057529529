import type { Store } from "../store/store.ts";
import type { ReportRow } from "./report-row.ts";
import { readReportRows } from "./report-rows.ts";
import { fromReportSource } from "./report-source.ts";

/** Yields every row of a batch with its outcome, in input order, a few thousand at a time and in bounded memory. */
export async function* reportPieces(
  store: Store,
  batchId: string,
  outcomes: readonly string[] | undefined,
): AsyncGenerator<ReportRow[]> {
  yield* fromReportSource(store, batchId, async function* ({ database, folder, record, end, paths }) {
    for (const path of paths) yield* readReportRows(database, store, path, record, { end, outcomes, folder });
  });
}
