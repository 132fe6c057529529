import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { errorCode } from "./error-facts.ts";

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
    return errorCode(error) === "EPERM";
  }
}

/**
 * Names what process numbers are good for: this machine since it was started, and the container where there is one. Two
 * machines may have the same host name, and each container counts its processes from 1.
 */
export async function processSpace(): Promise<string> {
  const [boot, space] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
  ]);
  return [hostname(), boot.trim(), space.replaceAll(/\D/g, "")].filter(Boolean).join("/");
}
