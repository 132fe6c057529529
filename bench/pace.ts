// Measures which share of a server's rate limit the adaptive rate limiter uses, and which share of its requests is answered
// with 429. The whole run counts, from the first request on. Simulator and caller are separate processes. The three forms
// of a 429 (limit in the message, no hint, Retry-After) run in parallel.
// Usage: pace [REQUESTS-PER-SECOND] [SECONDS-PER-PHASE]
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Counts } from "@caselink/simulator";
import { runNode, startNode, stop } from "./run-process.ts";
import { writeResult } from "./write-result.ts";

const simulator = fileURLToPath(new URL("./simulator-process.ts", import.meta.url));
const caller = fileURLToPath(new URL("./peers/rate-limited-caller.ts", import.meta.url));
const LIMIT = Number(process.argv[2] ?? 200);
const PHASE_S = Number(process.argv[3] ?? 30);
const IN_FLIGHT = 64;
const LATENCY_MS = 20;

type Hint = "message" | "none" | "retry-after";
interface Figures {
  hint: Hint;
  limit: string;
  used: number;
  refused: number;
}

/** Runs phases of equal length, each with its own limit. */
async function measure(hint: Hint, limits: number[]): Promise<Figures> {
  const config = { latencyMs: LATENCY_MS, journalLimit: 1, rateLimit: { perSecond: limits[0], hint } };
  const { child, message } = await startNode([simulator, JSON.stringify(config)], "listening");
  const url = String(message["url"]);
  try {
    const run = runNode([caller, url, String(PHASE_S * limits.length), String(IN_FLIGHT)]);
    await waitForFirstRequest(url);
    const before = performance.now();
    for (const [index, perSecond] of limits.entries()) {
      if (index > 0) await post(`${url}/__simulator/config`, { rateLimit: { perSecond, hint } });
      await sleep(before + (index + 1) * PHASE_S * 1_000 - performance.now());
    }
    await run;
    const { requests, refused } = await readCounts(url);
    const capacity = limits.reduce((sum, limit) => sum + limit * PHASE_S, 0);
    return {
      hint,
      limit: limits.join(", "),
      used: (requests - refused) / capacity,
      refused: refused / requests,
    };
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

const HINTS: Hint[] = ["message", "none", "retry-after"];
const steady = await Promise.all(HINTS.map((hint) => measure(hint, [LIMIT])));
const changing = await Promise.all(HINTS.map((hint) => measure(hint, [LIMIT, LIMIT / 2, LIMIT])));
const all = [...steady, ...changing];
console.table(all.map((row) => ({ ...row, used: row.used.toFixed(4), refused: row.refused.toFixed(4) })));

const worst = (hint: Hint) => {
  const rows = all.filter((row) => row.hint === hint);
  return { used: Math.min(...rows.map((row) => row.used)), refused: Math.max(...rows.map((row) => row.refused)) };
};
const [named, unnamed, timed] = [worst("message"), worst("none"), worst("retry-after")];
await writeResult(
  "pace",
  {
    used: unnamed.used,
    refused: unnamed.refused,
    used_named: named.used,
    refused_named: named.refused,
    used_retry_after: timed.used,
    refused_retry_after: timed.refused,
  },
  { limit: LIMIT, phaseSeconds: PHASE_S, runs: all },
);
