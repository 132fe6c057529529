import { setTimeout as wait } from "node:timers/promises";
import { isRunning, type ProcessIdentity } from "@caselink/common";

/** Sends the process SIGTERM if it runs; does not wait for its end. */
export async function askToStop(identity: ProcessIdentity): Promise<void> {
  if (await isRunning(identity)) signalProcess(identity.pid, "SIGTERM");
}

/** Sends the process SIGTERM and waits for its end; kills it after `graceMs`. */
export async function stopProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  const killAt = performance.now() + graceMs;
  let isKilled = false;
  await askToStop(identity);
  while (await isRunning(identity)) {
    if (!isKilled && performance.now() >= killAt) {
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

export function isErrorWithCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
