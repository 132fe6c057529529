import { getHeapStatistics, setFlagsFromString } from "node:v8";

/**
 * The heap for old objects of a worker, in MB. It needs about 60 MB, and a little for each request in flight. Without a limit
 * V8 lets garbage grow to several times that before it collects it, and to more the longer a worker runs.
 */
const HEAP_MB = 240;
const HEAP_MB_PER_1000_IN_FLIGHT = 128;
/** Half of V8's default, in MB. It keeps the worker's memory the same after ten times the tickets, and costs little speed. */
const SEMI_SPACE_MB = 32;

/**
 * Replaces this process by one with the same id and a limited heap, so that users need no option. Does nothing if the user
 * has set a limit, or if the platform or an older Node cannot replace a process.
 */
export function boundHeap(env: NodeJS.ProcessEnv): void {
  // Threads that collect the young space together wait for each other, and take a tenth of a worker's processor time for it.
  setFlagsFromString("--no-parallel-scavenge");
  const options = [...process.execArgv, env["NODE_OPTIONS"] ?? ""].join(" ");
  if (/max[-_]old[-_]space[-_]size|inspect/.test(options) || process.platform === "win32") return;
  const inFlight = Number(env["CASELINK_IN_FLIGHT"] || 0);
  const heapMb = HEAP_MB + Math.ceil((HEAP_MB_PER_1000_IN_FLIGHT * (Number.isFinite(inFlight) ? inFlight : 0)) / 1_000);
  if (getHeapStatistics().heap_size_limit <= heapMb * 1_048_576) return;
  const limits = [`--max-old-space-size=${heapMb}`, `--max-semi-space-size=${SEMI_SPACE_MB}`];
  process.execve?.(process.execPath, [process.execPath, ...limits, ...process.execArgv, ...process.argv.slice(1)], env);
}
