import { identifyProcess, isRunning, processSpace } from "@caselink/common";
import type { LeaseRecord } from "@caselink/ledger";

export type ProcessIdentity = Pick<LeaseRecord, "host" | "pid" | "start_mark">;

export async function identifySelf(): Promise<ProcessIdentity> {
  const { pid } = process;
  const identity = await identifyProcess(pid);
  return { host: await processSpace(), pid, ...(identity && { start_mark: identity.startMark }) };
}

/**
 * True for a process of this machine that has ended, even if its number belongs to another process now: none of its
 * requests is in flight.
 */
export async function hasExited({ host, pid, start_mark }: LeaseRecord, ownHost: string): Promise<boolean> {
  if (host !== ownHost || start_mark === undefined) return false;
  return !(await isRunning({ pid, startMark: start_mark }));
}
