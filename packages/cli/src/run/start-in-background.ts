import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BatchRecord } from "@caselink/ledger";
import { BackgroundError, exitStatus, UserError } from "../errors.ts";
import { aborted } from "./interrupts.ts";
import type { Settings } from "../settings.ts";

/** The log file of the processes in the background; all runs of a batch are appended to it. */
export const backgroundLog = (home: string, batchId: string): string => join(home, "logs", `${batchId}.log`);

/**
 * Runs a batch in a process that outlives this one. Resolves when the batch has started. If `detach` is aborted before that,
 * the process is asked to end.
 *
 * @throws {UserError} {BackgroundError} with the output of the process, if it ended before the batch had started
 */
export async function startInBackground({ id }: BatchRecord, settings: Settings, detach: AbortSignal): Promise<void> {
  const logFile = backgroundLog(settings.home, id);
  await mkdir(dirname(logFile), { recursive: true, mode: 0o700 });
  await using log = await open(logFile, "a", 0o600);
  const { size } = await log.stat();
  const child = spawn(process.execPath, [settings.mainFile, "attach", id], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "ipc"],
    env: settings.env,
  });
  const end = await Promise.race([started(child), endOf(child), aborted(detach).then(() => "detached" as const)]);
  if (end === "detached") child.kill("SIGTERM");
  if (end === "detached" || end === "started") {
    child.disconnect();
    child.unref();
    return;
  }
  // The batch had already ended.
  if (end.status === exitStatus.succeeded || end.status === exitStatus.incomplete) return;
  const text = (await readFile(logFile)).subarray(size).toString().trim();
  const message = `${text.split(/^caselink: /m).at(-1) || `the process in the background ended (${end.how})`}\n  Its whole output: ${logFile}`;
  throw end.status === exitStatus.userError ? new UserError(message) : new BackgroundError(message);
}

const started = (child: ChildProcess): Promise<"started"> =>
  new Promise((resolve) => child.once("message", () => resolve("started")));

function endOf(child: ChildProcess): Promise<{ status: number | null; how: string }> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ status: null, how: error.message }));
    child.once("exit", (status, signal) =>
      resolve({ status, how: signal === null ? `exit status ${status}` : `ended by ${signal}` }),
    );
  });
}
