// Measures rows per second and memory of a plan and compares them with csv-parse and a Map. Every run is a separate process.
// `preview` is the work of the command `plan`: like the csv-parse loop it writes nothing. `plan` is the work of `run` before
// it sends: it also writes the rows and the chunks of the batch. csv-parse keeps all rows in memory and is therefore faster
// on the smaller file. `report` is the report of a batch of so many rows, `workbook` the preview of the same rows in a
// spreadsheet, and `rejects` that of rows which are all invalid, with their rejects file.
// Usage: plan [ROWS] [ROWS-OF-THE-SMALLER-FILE]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeCsv, writeXlsx } from "./plan-inputs.ts";
import { runNode } from "./run-process.ts";
import { writeResult } from "./write-result.ts";

const planner = fileURLToPath(new URL("./peers/planner.ts", import.meta.url));
const reporter = fileURLToPath(new URL("./peers/reporter.ts", import.meta.url));
const csvParse = fileURLToPath(new URL("./peers/csv-parse-map.ts", import.meta.url));
const ROWS = Number(process.argv[2] ?? 10_000_000);
const PEER_ROWS = Number(process.argv[3] ?? 1_000_000);
const SMALL_ROWS = 1_000;

interface Run {
  seconds: number;
  cpuSeconds: number;
  rows: number;
  rssMb: number;
}

interface PlanRun extends Run {
  tickets: number;
}

async function measure<Measured extends Run = PlanRun>(args: string[]): Promise<Measured> {
  return JSON.parse(await runNode(args)) as Measured;
}

/** The report of a batch with so many rows, in two formats. */
async function measureReports(input: string, ledger: string): Promise<{ csv: Run; html: Run }> {
  const id = (await runNode([reporter, "end", input, ledger])).trim();
  const report = (format: "csv" | "html") => measure<Run>([reporter, format, ledger, id, `${ledger}.${format}`]);
  return { csv: await report("csv"), html: await report("html") };
}

const folder = await mkdtemp(join(tmpdir(), "caselink-bench-plan-"));
try {
  const file = (rows: number) => join(folder, `${rows}.csv`);
  for (const rows of new Set([SMALL_ROWS, PEER_ROWS, ROWS])) await writeCsv(file(rows), rows);
  const [workbook, faulty] = [join(folder, "workbook.xlsx"), join(folder, "faulty.csv")];
  await writeXlsx(workbook, PEER_ROWS);
  await writeCsv(faulty, PEER_ROWS, true);
  const preview = (rows: number) => measure([planner, "preview", file(rows), join(folder, "ledger")]);
  const plan = (rows: number) => measure([planner, "plan", file(rows), join(folder, "ledger")]);
  const runs = {
    small: await preview(SMALL_ROWS),
    middle: await preview(PEER_ROWS),
    peer: await measure([csvParse, file(PEER_ROWS)]),
    peerLarge: await measure([csvParse, file(ROWS)]),
    large: await preview(ROWS),
    smallWritten: await plan(SMALL_ROWS),
    middleWritten: await plan(PEER_ROWS),
    largeWritten: await plan(ROWS),
    workbook: await measure([planner, "preview", workbook, join(folder, "ledger")]),
  };
  const rejects = await measure([planner, "rejects", faulty, join(folder, "ledger")]);
  const reports = await measureReports(file(ROWS), join(folder, "ended"));
  for (const { rows, tickets } of Object.values(runs)) {
    if (tickets !== Math.floor(rows * 0.4)) throw new Error(`${rows} rows resulted in ${tickets} tickets`);
  }
  const line = (name: string, { rows, seconds, cpuSeconds, rssMb }: Run) => ({
    name,
    rows,
    seconds: seconds.toFixed(2),
    "processor s": cpuSeconds.toFixed(2),
    "rows/s": Math.round(rows / seconds),
    "MB resident": Math.round(rssMb),
  });
  console.table([
    line("preview", runs.small),
    line("preview", runs.middle),
    line("preview", runs.large),
    line("plan", runs.smallWritten),
    line("plan", runs.middleWritten),
    line("plan", runs.largeWritten),
    line("workbook", runs.workbook),
    line("rejects", rejects),
    line("report, CSV", reports.csv),
    line("report, HTML", reports.html),
    line("csv-parse with a Map", runs.peer),
    line("csv-parse with a Map", runs.peerLarge),
  ]);
  const rate = ({ rows, seconds }: Run) => rows / seconds;
  await writeResult(
    "plan",
    {
      vs_csv_parse: rate(runs.large) / rate(runs.peer),
      vs_csv_parse_same_size: rate(runs.middle) / rate(runs.peer),
      vs_csv_parse_same_size_large: rate(runs.large) / rate(runs.peerLarge),
      vs_csv_parse_written: rate(runs.largeWritten) / rate(runs.peer),
      vs_csv_parse_written_same_size_large: rate(runs.largeWritten) / rate(runs.peerLarge),
      rss_mb: runs.large.rssMb,
      rss_mb_middle: runs.middle.rssMb,
      rss_mb_written: runs.largeWritten.rssMb,
      rss_mb_written_middle: runs.middleWritten.rssMb,
      rss_mb_xlsx: runs.workbook.rssMb,
      rss_mb_rejects: rejects.rssMb,
      rss_mb_report: Math.max(reports.csv.rssMb, reports.html.rssMb),
      cpu_seconds_small: runs.small.cpuSeconds,
    },
    { rows: ROWS, peerRows: PEER_ROWS, ...runs, rejects, reports },
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
