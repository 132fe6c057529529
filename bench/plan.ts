// Measures rows per second and memory of a plan and compares them with csv-parse and a Map. Every run is a separate process.
// `preview` is the work of the command `plan`: like the csv-parse loop it writes nothing. `plan` is the work of `run` before
// it sends: it also writes the rows and the chunks of the batch. csv-parse keeps all rows in memory and is therefore faster
// on the smaller file.
// Usage: plan [ROWS] [ROWS-OF-THE-SMALLER-FILE]
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runNode } from "./run-process.ts";
import { writeResult } from "./write-result.ts";

const planner = fileURLToPath(new URL("./peers/planner.ts", import.meta.url));
const csvParse = fileURLToPath(new URL("./peers/csv-parse-map.ts", import.meta.url));
const ROWS = Number(process.argv[2] ?? 10_000_000);
const PEER_ROWS = Number(process.argv[3] ?? 1_000_000);
const SMALL_ROWS = 1_000;

interface Run {
  seconds: number;
  rows: number;
  tickets: number;
  rssMb: number;
}

/** Writes 0.4 tickets per row, with the rows of a ticket far apart. Each line has 38 bytes. */
async function writeInput(path: string, rows: number): Promise<void> {
  const tickets = Math.floor(rows * 0.4);
  const stride = coprimeOf(tickets, Math.floor(tickets * 0.618));
  const out = createWriteStream(path);
  let text = "case_id,related_id,group_id\n";
  for (let row = 0; row < rows; row++) {
    const ticket = (row * stride) % tickets;
    text += `CS${digits(ticket)},CR${digits(row)},grp-${digits(ticket % 50)}\n`;
    if (text.length < 1 << 20) continue;
    if (!out.write(text)) await once(out, "drain");
    text = "";
  }
  out.end(text);
  await once(out, "finish");
}

function digits(value: number): string {
  return String(value).padStart(9, "0");
}

function coprimeOf(value: number, first: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let found = Math.max(1, first);
  while (divisor(found, value) !== 1) found++;
  return found;
}

async function measure(args: string[]): Promise<Run> {
  const run: Run = JSON.parse(await runNode(args));
  return run;
}

const folder = await mkdtemp(join(tmpdir(), "caselink-bench-plan-"));
try {
  const file = (rows: number) => join(folder, `${rows}.csv`);
  for (const rows of new Set([SMALL_ROWS, PEER_ROWS, ROWS])) await writeInput(file(rows), rows);
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
  };
  for (const { rows, tickets } of Object.values(runs)) {
    if (tickets !== Math.floor(rows * 0.4)) throw new Error(`${rows} rows resulted in ${tickets} tickets`);
  }
  const line = (name: string, { rows, seconds, rssMb }: Run) => ({
    name,
    rows,
    seconds: seconds.toFixed(2),
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
    },
    { rows: ROWS, peerRows: PEER_ROWS, ...runs },
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
