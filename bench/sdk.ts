// Measures calls per second of the SDK with its Node transport and compares them with undici's `request` with hand-written
// JSON and with openapi-fetch on the global fetch. Server and clients are separate processes. The clients take turns in each
// round; a result is the median of the rounds' ratios.
// Usage: sdk [CALLS] [ROUNDS]
import { fileURLToPath } from "node:url";
import { runNode, startNode, stop } from "./run-process.ts";
import { writeResult } from "./write-result.ts";

const server = fileURLToPath(new URL("./peers/http-server.ts", import.meta.url));
const caller = fileURLToPath(new URL("./peers/caller.ts", import.meta.url));
const CALLS = Number(process.argv[2] ?? 40_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const IN_FLIGHT = 256;
const KINDS = ["sdk", "undici", "fetch"] as const;
type Kind = (typeof KINDS)[number];
type Run = { rate: number; cpuMicroseconds: number };

const { child, message } = await startNode([server], "listening");
const rounds: Record<Kind, Run>[] = [];
try {
  for (let round = 0; round < ROUNDS; round++) {
    const runs: Partial<Record<Kind, Run>> = {};
    // Each round starts with another client.
    for (let position = 0; position < KINDS.length; position++) {
      const kind = KINDS[(round + position) % KINDS.length] as Kind;
      // The slowest client makes fewer calls, so that its runs take no longer than the others.
      const calls = kind === "fetch" ? CALLS / 4 : CALLS;
      const line = await runNode([caller, kind, String(message["url"]), String(calls), String(IN_FLIGHT)]);
      runs[kind] = JSON.parse(line) as Run;
    }
    rounds.push(runs as Record<Kind, Run>);
  }
} finally {
  await stop(child);
}

const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
const figures = Object.fromEntries(
  KINDS.map((kind) => [
    kind,
    {
      rate: median(rounds.map((runs) => runs[kind].rate)),
      cpuMicroseconds: median(rounds.map((runs) => runs[kind].cpuMicroseconds)),
    },
  ]),
);
console.table(
  Object.fromEntries(
    Object.entries(figures).map(([kind, { rate, cpuMicroseconds }]) => [
      kind,
      { "calls/s": Math.round(rate), "CPU us/call": Math.round(cpuMicroseconds) },
    ]),
  ),
);
await writeResult(
  "sdk",
  {
    vs_undici: median(rounds.map((runs) => runs.sdk.rate / runs.undici.rate)),
    vs_fetch: median(rounds.map((runs) => runs.sdk.rate / runs.fetch.rate)),
  },
  { calls: CALLS, inFlight: IN_FLIGHT, ...figures, rounds },
);
