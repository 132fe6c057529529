// Measures which share of a server's rate limit the adaptive rate limiter uses, and which share of its requests is rejected.
// The whole run counts, from the first request on. Simulator and callers are separate processes. Each caller lists and
// creates in turn; the limit is counted for each of the two operations, or for both together. The cases run in groups: the
// cases of a group run at the same time.
// Usage: pace [PART-OF-A-CASE'S-NAME]
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Counts, RateLimit } from "@caselink/simulator";
import { runNode, startNode, stop } from "./run-process.ts";
import { writeResult } from "./write-result.ts";

const simulator = fileURLToPath(new URL("./simulator-process.ts", import.meta.url));
const caller = fileURLToPath(new URL("./peers/rate-limited-caller.ts", import.meta.url));
const IN_FLIGHT = 64;
const LATENCY_MS = 20;

type Hint = "message" | "none" | "retry-after";
type Counting = "each" | "together";

interface Case {
  name: string;
  /** Requests in a window, phase by phase. */
  requests: number[];
  windowS: number;
  secondsPerPhase: number;
  processes?: number;
  hints?: Hint[];
}

interface Figures {
  limit: string;
  hint: Hint;
  counted: Counting;
  used: number;
  refused: number;
}

const HINTS: Hint[] = ["message", "none"];
const GROUPS: Case[][] = [
  [{ name: "200/s", requests: [200], windowS: 1, secondsPerPhase: 40, hints: [...HINTS, "retry-after"] }],
  [{ name: "200/s, 100/s, 200/s", requests: [200, 100, 200], windowS: 1, secondsPerPhase: 30 }],
  [{ name: "100/s, four processes", requests: [100], windowS: 1, secondsPerPhase: 120, processes: 4 }],
  [
    { name: "10/s", requests: [10], windowS: 1, secondsPerPhase: 240 },
    { name: "20/s", requests: [20], windowS: 1, secondsPerPhase: 240 },
    { name: "100 in 60 s", requests: [100], windowS: 60, secondsPerPhase: 900 },
    { name: "5 in 5 s", requests: [5], windowS: 5, secondsPerPhase: 600 },
  ],
];

/** Runs phases of equal length, each with its own limit. */
async function measure(measured: Case, hint: Hint, counted: Counting): Promise<Figures> {
  const { name, requests: limits, windowS, secondsPerPhase, processes = 1 } = measured;
  const limitOf = (requests: number): RateLimit => ({
    requests,
    window: `${windowS} second`,
    each: counted === "each" ? ["operation"] : [],
    hint,
  });
  const config = { latencyMs: LATENCY_MS, journalLimit: 1, rateLimit: limitOf(limits[0] ?? 1) };
  const { child, message } = await startNode([simulator, JSON.stringify(config)], "listening");
  const url = String(message["url"]);
  try {
    const seconds = String(secondsPerPhase * limits.length);
    const runs = Array.from({ length: processes }, () => runNode([caller, url, seconds, String(IN_FLIGHT)]));
    await waitForFirstRequest(url);
    const before = performance.now();
    for (const [index, requests] of limits.entries()) {
      if (index > 0) await post(`${url}/__simulator/config`, { rateLimit: limitOf(requests) });
      await sleep(before + (index + 1) * secondsPerPhase * 1_000 - performance.now());
    }
    await Promise.all(runs);
    const { requests, refused } = await readCounts(url);
    const operations = counted === "each" ? 2 : 1;
    const capacity = limits.reduce((sum, limit) => sum + (limit * secondsPerPhase) / windowS, 0) * operations;
    return { limit: name, hint, counted, used: (requests - refused) / capacity, refused: refused / requests };
  } finally {
    await stop(child);
  }
}

/** The start-up time of the caller's process is not part of the measurement. */
async function waitForFirstRequest(url: string): Promise<void> {
  while ((await readCounts(url)).requests === 0) await sleep(5);
}

async function readCounts(url: string): Promise<{ requests: number; refused: number }> {
  const response = await fetch(`${url}/__simulator/state?tickets=false`);
  const { counts } = (await response.json()) as { counts: Pick<Counts, "requests" | "byFault"> };
  return { requests: counts.requests, refused: counts.byFault["rateLimit"] ?? 0 };
}

async function post(url: string, body: object): Promise<void> {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
}

const chosen = process.argv[2] ?? "";
const all: Figures[] = [];
for (const group of GROUPS) {
  const runs = group
    .filter(({ name }) => name.includes(chosen))
    .flatMap((each) =>
      (each.hints ?? HINTS).flatMap((hint) =>
        (["each", "together"] as const).map((counted) => measure(each, hint, counted)),
      ),
    );
  all.push(...(await Promise.all(runs)));
}
console.table(all.map((row) => ({ ...row, used: row.used.toFixed(4), refused: row.refused.toFixed(4) })));

const worst = (hint: Hint, includes: (row: Figures) => boolean) => {
  const rows = all.filter((row) => row.hint === hint && includes(row));
  return { used: Math.min(...rows.map((row) => row.used)), refused: Math.max(...rows.map((row) => row.refused)) };
};
const isSmall = ({ limit }: Figures): boolean => limit === "5 in 5 s";
const isShared = ({ limit }: Figures): boolean => limit.includes("processes");
const named = worst("message", (row) => !isShared(row));
const unnamed = worst("none", (row) => !isShared(row) && !isSmall(row));
const small = worst("none", isSmall);
const timed = worst("retry-after", () => true);
const shared = [worst("message", isShared), worst("none", isShared)];
const ratios = {
  used: unnamed.used,
  refused: unnamed.refused,
  used_named: named.used,
  refused_named: named.refused,
  used_small_window: small.used,
  refused_small_window: small.refused,
  used_processes: Math.min(...shared.map(({ used }) => used)),
  refused_processes: Math.max(...shared.map(({ refused }) => refused)),
  used_retry_after: timed.used,
  refused_retry_after: timed.refused,
};
const measured = Object.entries(ratios).filter(([, ratio]) => Number.isFinite(ratio));
await writeResult("pace", Object.fromEntries(measured), { runs: all });
