import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { identifyProcess, isRunning, processSpace, type ProcessIdentity } from "@caselink/common";
import { isErrorWithCode } from "./stop-process.ts";
import { isRunningHere, localTemporalFiles, readState } from "./local-temporal-state.ts";

/** The API whose batches a worker takes, and the ledger that it reads them from. */
export interface WorkerScope {
  readonly endpoint: string;
  readonly ledger: string;
}

/** One use of a state folder's local Temporal by a process. */
export interface LocalUser extends ProcessIdentity {
  /** The machine and container that `pid` belongs to: see `processSpace`. */
  readonly space: string;
  /** Absent if the process has no worker. */
  readonly scope?: WorkerScope;
}

let usersOfThisProcess = 0;

/** Registers a use by this process; returns its file, which ends the use when it is deleted. */
export async function addUser(folder: string, scope: WorkerScope | undefined): Promise<string> {
  const self = await identifyProcess(process.pid);
  const user: LocalUser = {
    pid: process.pid,
    startMark: self?.startMark ?? "",
    space: await processSpace(),
    ...(scope && { scope }),
  };
  usersOfThisProcess += 1;
  const file = join(folder, `${process.pid}.${usersOfThisProcess}`);
  await writeFile(file, `${JSON.stringify(user)}\n`, { mode: 0o600 });
  return file;
}

/** The users whose process runs, and the files of users whose process ended or ran on another machine or container. */
export async function readUsers(folder: string): Promise<{ live: LocalUser[]; gone: string[] }> {
  const live: LocalUser[] = [];
  const gone: string[] = [];
  const space = await processSpace();
  const names = await readdir(folder).catch((error: unknown) => {
    if (isErrorWithCode(error, "ENOENT")) return [];
    throw error;
  });
  for (const name of names) {
    const file = join(folder, name);
    const user = parseUser(await readFile(file, "utf8").catch(() => ""));
    if (user !== undefined && user.space === space && (await isRunning(user))) live.push(user);
    else gone.push(file);
  }
  return { live, gone };
}

function parseUser(text: string): LocalUser | undefined {
  try {
    return JSON.parse(text) as LocalUser;
  } catch {
    return undefined; // the process was killed while it wrote the file
  }
}

/** True if a local Temporal runs for the state folder. Starts nothing. */
export async function hasLocalTemporal(home: string): Promise<boolean> {
  const state = await readState(localTemporalFiles(home).state);
  return state !== undefined && state.phase === "ready" && (await isRunningHere(state));
}

/**
 * True if a process of this machine has a worker for this ledger. A running server is not enough: a killed process may have
 * left it.
 */
export async function hasLocalWorker(home: string, ledger: string): Promise<boolean> {
  if (!(await hasLocalTemporal(home))) return false;
  const { live } = await readUsers(localTemporalFiles(home).users);
  return live.some((user) => user.scope?.ledger === ledger);
}
