import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { errorCode } from "./error-facts.ts";

/** Identifies a process, also if a later one gets the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The start time in the system's own format; empty if the platform does not report it. */
  readonly startMark: string;
}

/** Returns the identity of a running process; undefined if no process has the number. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  if (process.platform === "linux") return identifyOnLinux(pid);
  if (process.platform === "win32") return existsByNumber(pid) ? { pid, startMark: "" } : undefined;
  return identifyByPs(pid);
}

export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const found = await identifyProcess(identity.pid);
  return found !== undefined && found.startMark === identity.startMark;
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
  // In many containers nothing reaps orphans, and a dead process stays in the table as a zombie.
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
    return errorCode(error) === "EPERM";
  }
}

/**
 * Returns a name for the space in which process numbers are unique: this machine since its start and, if there is one,
 * the container. Two machines can have the same host name, and each container counts its processes from 1.
 */
export async function processSpace(): Promise<string> {
  const [boot, space] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
  ]);
  return [hostname(), boot.trim(), space.replaceAll(/\D/g, "")].filter(Boolean).join("/");
}
