import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BatchRecord } from "@caselink/ledger";
import { BackgroundError } from "./background-error.ts";
import { exitStatus } from "./exit-status.ts";
import { aborted } from "./interrupts.ts";
import type { Settings } from "./settings.ts";
import { UserError } from "./user-error.ts";

/** What the process in the background says, all runs of a batch one after the other. */
export const backgroundLog = (home: string, batchId: string): string => join(home, "logs", `${batchId}.log`);

/** Tells who started this process in the background, if somebody waits for that, that the batch is under way. */
export function tellUnderWay(): void {
  process.send?.("under way", undefined, undefined, () => undefined); // who waited may be gone
}

/**
 * Has a process that outlives this one carry a batch on; resolves when it has begun, or `detach` was aborted and it was told
 * to leave.
 *
 * @throws {UserError} {BackgroundError} where it ended before, with what it said
 */
export async function startInBackground({ id }: BatchRecord, settings: Settings, detach: AbortSignal): Promise<void> {
  const logFile = backgroundLog(settings.home, id);
  await mkdir(dirname(logFile), { recursive: true, mode: 0o700 });
  await using log = await open(logFile, "a", 0o600);
  const { size } = await log.stat();
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const child = spawn(process.execPath, [main, "attach", id], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "ipc"],
    env: settings.env,
  });
  const end = await Promise.race([underWay(child), endOf(child), aborted(detach).then(() => "left" as const)]);
  if (end === "left") child.kill("SIGTERM");
  if (end === "left" || end === "under way") {
    child.disconnect();
    child.unref();
    return;
  }
  // A batch that was at its end already.
  if (end.status === exitStatus.succeeded || end.status === exitStatus.incomplete) return;
  const said = (await readFile(logFile)).subarray(size).toString().trim();
  const message = `${said.split(/^caselink: /m).at(-1) || `the process in the background ended (${end.how})`}\n  All that it said: ${logFile}`;
  throw end.status === exitStatus.refused ? new UserError(message) : new BackgroundError(message);
}

const underWay = (child: ChildProcess): Promise<"under way"> =>
  new Promise((resolve) => child.once("message", () => resolve("under way")));

function endOf(child: ChildProcess): Promise<{ status: number | null; how: string }> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ status: null, how: error.message }));
    child.once("exit", (status, signal) =>
      resolve({ status, how: signal === null ? `exit status ${status}` : `by ${signal}` }),
    );
  });
}
