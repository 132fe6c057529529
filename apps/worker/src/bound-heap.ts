import { getHeapStatistics } from "node:v8";

/**
 * Old objects of a worker, in MB: it holds some 60 MB of them, and a little for each ticket in flight. Left to itself V8
 * lets garbage pile up to several times that before it collects it, the more the longer a worker runs.
 */
const HEAP_MB = 240;
const HEAP_MB_PER_1000_IN_FLIGHT = 128;
/** Half of V8's own choice. With it the worker's memory is the same after ten times the tickets; of its speed it costs little. */
const SEMI_SPACE_MB = 32;

/**
 * Starts this process again, under the same id, with a heap that is bounded; nothing is to be set by hand. Does nothing
 * where the user has bounded it, or where the platform or an older Node cannot replace a process.
 */
export function boundHeap(env: NodeJS.ProcessEnv): void {
  const options = [...process.execArgv, env["NODE_OPTIONS"] ?? ""].join(" ");
  if (/max[-_]old[-_]space[-_]size|inspect/.test(options) || process.platform === "win32") return;
  const inFlight = Number(env["CASELINK_IN_FLIGHT"] || 0);
  const heapMb = HEAP_MB + Math.ceil((HEAP_MB_PER_1000_IN_FLIGHT * (Number.isFinite(inFlight) ? inFlight : 0)) / 1_000);
  if (getHeapStatistics().heap_size_limit <= heapMb * 1_048_576) return;
  const limits = [`--max-old-space-size=${heapMb}`, `--max-semi-space-size=${SEMI_SPACE_MB}`];
  process.execve?.(process.execPath, [process.execPath, ...limits, ...process.execArgv, ...process.argv.slice(1)], env);
}
