import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Runs Node and returns its standard output. Throws if the exit status is not 0. */
export async function runNode(args: string[], options: SpawnOptions = {}): Promise<string> {
  const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with status ${code}`);
  return text;
}

/** Starts Node and waits until it prints a line of JSON with the given event. */
export async function startNode(
  args: string[],
  event: string,
  options: SpawnOptions = {},
): Promise<{ child: ChildProcess; message: Record<string, unknown> }> {
  const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  if (!child.stdout) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const message = JSON.parse(line) as Record<string, unknown>;
    if (message["event"] === event) return { child, message };
  }
  throw new Error(`node ${args.join(" ")} ended before it printed the event ${event}`);
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** Peak resident memory of a process in MB, from /proc: Linux only. */
export function peakRssMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Processor seconds that a process has used, user and system. From /proc: Linux only. */
export function cpuSeconds(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) ?? "";
  const [user, system] = afterName.split(" ").slice(11, 13).map(Number);
  return ((user ?? Number.NaN) + (system ?? Number.NaN)) / CLOCK_TICKS_PER_SECOND;
}

/** The unit of /proc/PID/stat on every architecture that Node runs on. */
const CLOCK_TICKS_PER_SECOND = 100;
