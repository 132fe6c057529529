import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the system started it, in the system's own words; empty where the platform does not tell. */
  readonly startMark: string;
}

/** The identity of a running process; undefined where there is none. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  if (process.platform === "linux") return identifyOnLinux(pid);
  if (process.platform === "win32") return existsByNumber(pid) ? { pid, startMark: "" } : undefined;
  return identifyByPs(pid);
}

export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const found = await identifyProcess(identity.pid);
  return found !== undefined && found.startMark === identity.startMark;
}

/** Asks the process to stop; resolves when it was asked. */
export async function askToStop(identity: ProcessIdentity): Promise<void> {
  if (await isRunning(identity)) signalProcess(identity.pid, "SIGTERM");
}

/** Asks the process to stop and waits until it is gone; kills it after `graceMs`. */
export async function stopProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  const killAt = Date.now() + graceMs;
  let isKilled = false;
  await askToStop(identity);
  while (await isRunning(identity)) {
    if (!isKilled && Date.now() >= killAt) {
      signalProcess(identity.pid, "SIGKILL");
      isKilled = true;
    }
    await wait(20);
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrorWithCode(error, "ESRCH")) throw error;
  }
}

/** Fields 3 (state) and 22 (start time) of proc_pid_stat(5); the name before them may contain spaces and brackets. */
async function identifyOnLinux(pid: number): Promise<ProcessIdentity | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startMark] = [fields[0], fields[19]];
  // Where nothing reaps orphans, as in many containers, a dead process stays in the table as a zombie.
  if (state === "Z" || state === "X" || startMark === undefined) return undefined;
  return { pid, startMark };
}

async function identifyByPs(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "stat=,lstart=", "-p", String(pid)]);
    const [, state, startMark] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
    if (startMark === undefined || state?.startsWith("Z")) return undefined;
    return { pid, startMark };
  } catch {
    return undefined;
  }
}

function existsByNumber(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrorWithCode(error, "EPERM");
  }
}

export function isErrorWithCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
