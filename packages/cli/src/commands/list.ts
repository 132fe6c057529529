import { exitStatus, type ExitStatus } from "../exit-status.ts";
import type { Output } from "../output.ts";
import { table } from "../screen/format.ts";
import type { Places } from "../places.ts";

/** The batches of the ledger, newest first. */
export async function list(places: Places, output: Output): Promise<ExitStatus> {
  const rows: (string | number)[][] = [];
  for (const record of await places.ledger.batches()) {
    const summary = await places.ledger.summary(record.id);
    const isWaiting = !summary && (await places.ledger.keptPlan(record.id)) === "waiting";
    const state = summary?.state ?? (isWaiting ? "planned" : "unfinished");
    const what =
      record.of === undefined
        ? record.inputs.map(({ name }) => name).join(", ")
        : `${record.kind === "undo" ? "undo" : "retry"} of ${record.of}`;
    output.event({
      event: "batch",
      batch: record.id,
      kind: record.kind,
      ...(record.of !== undefined && { of: record.of }),
      state,
      rows: record.counts.rows,
      created_at: record.created_at,
      endpoint: record.endpoint,
    });
    const told = isWaiting ? "planned, not started" : state;
    rows.push([record.id, told, record.counts.rows, record.created_at.slice(0, 16).replace("T", " "), what]);
  }
  if (rows.length === 0) output.print(`The ledger ${places.ledgerLocation} holds no batch yet.`);
  else for (const line of table(rows)) output.print(line);
  return exitStatus.succeeded;
}
