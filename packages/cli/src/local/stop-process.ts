import { setTimeout as wait } from "node:timers/promises";
import { isRunning, type ProcessIdentity } from "@caselink/ledger";

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

export function isErrorWithCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
