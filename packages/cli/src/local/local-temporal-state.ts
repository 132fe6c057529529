import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, processSpace, type ProcessIdentity } from "@caselink/ledger";
import { isErrorWithCode } from "./stop-process.ts";

/** The files of a state folder that the processes using one local Temporal share. */
export function localTemporalFiles(home: string) {
  return {
    db: join(home, "temporal.db"),
    /** Is there while the first server makes its tables in the database. */
    dbUnmade: join(home, "temporal.db.unmade"),
    log: join(home, "temporal.log"),
    state: join(home, "temporal.json"),
    users: join(home, "users"),
    lock: join(home, "temporal.lock"),
    serverLock: join(home, "temporal.server.lock"),
  };
}

export type LocalTemporalFiles = ReturnType<typeof localTemporalFiles>;

/** What `temporal.json` says. It stays when the server is stopped, so that the next one gets the same ports. */
export interface LocalTemporalState extends ProcessIdentity {
  /** What `pid` is a number of: see `processSpace`. Absent where an earlier version wrote the file, which is taken for ours. */
  readonly space?: string;
  readonly address: string;
  readonly ui: string;
  /** While it is stopping it may still answer, but nobody may begin to use it. */
  readonly phase: "starting" | "ready" | "stopping";
}

/** Whether the server runs, and on this machine and in this container: elsewhere its number is another process. */
export async function isRunningHere(state: LocalTemporalState): Promise<boolean> {
  return (state.space === undefined || state.space === (await processSpace())) && (await isRunning(state));
}

/** Undefined where no server was started yet, or a power cut left the file without its content. */
export async function readState(file: string): Promise<LocalTemporalState | undefined> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (isErrorWithCode(error, "ENOENT")) return "";
    throw error;
  });
  const state: unknown = parseJson(text);
  return isState(state) ? state : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is LocalTemporalState {
  return typeof value === "object" && value !== null && "pid" in value && "address" in value && "phase" in value;
}

export async function writeState(file: string, state: LocalTemporalState): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  await rename(unfinished, file);
}
