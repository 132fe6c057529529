// Measures the memory of a report. `end FILE LEDGER_FOLDER` plans a file, gives every row an outcome without any API, as a batch
// has them at its end, and prints the batch's id. `csv|html LEDGER_FOLDER BATCH OUT` writes the report of that batch and prints
// one line of JSON.
import { chunkIds, openLedger, type Ledger, type RowResult } from "@caselink/ledger";

const WRITES_AT_ONCE = 8;
const [what, ...rest] = process.argv.slice(2) as ["end" | "csv" | "html", ...string[]];
await (what === "end" ? end(rest) : report(what, rest));

async function end([path, folder]: string[]): Promise<void> {
  if (path === undefined || folder === undefined) throw new Error("a file and a ledger's folder are needed");
  const ledger = openLedger(folder);
  const planned = await ledger.plan({
    inputs: [{ path }],
    endpoint: "https://api.example.com",
    overLimit: "refuse",
    giveUpAfterMs: 1_000,
  });
  const { record } = planned;
  await planned.commit();
  const startedAt = Date.parse(record.created_at);
  const chunks = chunkIds(record);
  await Promise.all(
    Array.from({ length: WRITES_AT_ONCE }, async () => {
      for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop())
        await writeResults(ledger, record.id, chunk, startedAt);
    }),
  );
  const at = (ms: number): string => new Date(startedAt + ms).toISOString();
  await ledger.finish(record.id, { state: "completed", started_at: at(0), finished_at: at(3_600_000) });
  console.log(record.id);
}

/** Nine of ten rows are created; the others have one of four outcomes. */
async function writeResults(ledger: Ledger, batchId: string, chunkId: string, startedAt: number): Promise<void> {
  const rows = (await ledger.readChunk(batchId, chunkId)).flatMap((ticket) => ticket.rows);
  const results = rows.map(({ row }): RowResult => {
    const settled = { row, attempts: 1, settled_at: new Date(startedAt + (row % 3_600_000)).toISOString() };
    const call = { http_status: 200, request_id: `request-${row}`, elapsed_ms: 20 + (row % 90) };
    if (row % 10 !== 0) return { ...settled, ...call, outcome: "created" };
    const outcome =
      (["already_associated", "limit_reached", "not_found", "failed"] as const)[(row / 10) % 4] ?? "failed";
    return { ...settled, ...call, outcome, error_code: "OSM.01010015", error_message: `the ticket of row ${row}` };
  });
  await ledger.writeResults(batchId, chunkId, results);
}

async function report(format: "csv" | "html", [folder, batchId, out]: string[]): Promise<void> {
  if (folder === undefined || batchId === undefined || out === undefined) throw new Error("a folder, a batch, a path");
  const startedAt = performance.now();
  const { rows } = await openLedger(folder).report(batchId, { format, out });
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage();
  console.log(
    JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, rows, rssMb: process.resourceUsage().maxRSS / 1024 }),
  );
}
