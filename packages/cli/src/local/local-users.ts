import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { identifyProcess, isRunning, processSpace, type ProcessIdentity } from "@caselink/ledger";
import { isErrorWithCode } from "./stop-process.ts";
import { isRunningHere, localTemporalFiles, readState } from "./local-temporal-state.ts";

/** What a worker works: the API whose batches it takes, and the ledger that it finds them in. */
export interface WorkerScope {
  readonly endpoint: string;
  readonly ledger: string;
}

/** A use of a state folder's local Temporal by a process. */
export interface LocalUser extends ProcessIdentity {
  /** What `pid` is a number of: see `processSpace`. */
  readonly space: string;
  /** Absent for who only looks. */
  readonly work?: WorkerScope;
}

let usersOfThisProcess = 0;

/** Registers a use by this process; returns the file that stands for it. */
export async function addUser(folder: string, work: WorkerScope | undefined): Promise<string> {
  const self = await identifyProcess(process.pid);
  const user: LocalUser = {
    pid: process.pid,
    startMark: self?.startMark ?? "",
    space: await processSpace(),
    ...(work && { work }),
  };
  usersOfThisProcess += 1;
  const file = join(folder, `${process.pid}.${usersOfThisProcess}`);
  await writeFile(file, `${JSON.stringify(user)}\n`, { mode: 0o600 });
  return file;
}

/** The users whose process runs, and the files of those whose process is gone or is none of this machine and container. */
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
    return undefined; // its process died while it wrote
  }
}

/** Whether a local Temporal runs for the state folder: a look that starts nothing. */
export async function hasLocalTemporal(home: string): Promise<boolean> {
  const state = await readState(localTemporalFiles(home).state);
  return state !== undefined && state.phase === "ready" && (await isRunningHere(state));
}

/** Whether a process of this machine works there with that ledger: one that was killed may have left it running. */
export async function hasLocalWorker(home: string, ledger: string): Promise<boolean> {
  if (!(await hasLocalTemporal(home))) return false;
  const { live } = await readUsers(localTemporalFiles(home).users);
  return live.some((user) => user.work?.ledger === ledger);
}
