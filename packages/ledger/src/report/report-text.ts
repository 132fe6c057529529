import type { BatchRecord } from "../batch/batch-record.ts";
import type { Store } from "../store/store.ts";
import { createCsvReport, createJsonReport } from "./report-format.ts";
import { reportPieces } from "./report-pieces.ts";

/** Yields a report as text, every row of the batch in input order and in bounded memory. */
export async function* reportText(
  store: Store,
  record: BatchRecord,
  { format: name, outcomes }: { format: string; outcomes?: readonly string[] | undefined },
  count: { rows: number },
): AsyncGenerator<string> {
  const format = name === "csv" ? createCsvReport(record) : createJsonReport(record.columns);
  let isFirst = true;
  for await (const rows of reportPieces(store, record.id, outcomes)) {
    // The header waits for the first rows, so that nothing is written if the batch cannot be read.
    if (isFirst && format.header !== "") yield format.header;
    isFirst = false;
    count.rows += rows.length;
    yield rows.map(format.line).join("");
  }
  if (isFirst && format.header !== "") yield format.header;
}
