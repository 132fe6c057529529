import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, processSpace, type ProcessIdentity } from "@caselink/common";
import { isErrorWithCode } from "./stop-process.ts";

/** The files of a state folder that the processes using one local Temporal share. */
export function localTemporalFiles(home: string) {
  return {
    db: join(home, "temporal.db"),
    /** Exists while the first server creates the tables of the database. */
    dbIncomplete: join(home, "temporal.db.incomplete"),
    log: join(home, "temporal.log"),
    state: join(home, "temporal.json"),
    users: join(home, "users"),
    lock: join(home, "temporal.lock"),
    serverLock: join(home, "temporal.server.lock"),
  };
}

export type LocalTemporalFiles = ReturnType<typeof localTemporalFiles>;

/** The content of `temporal.json`. It stays when the server is stopped, so that the next server gets the same ports. */
export interface LocalTemporalState extends ProcessIdentity {
  /** The machine and container that `pid` belongs to: see `processSpace`. If absent, they count as this machine's. */
  readonly space?: string;
  readonly address: string;
  readonly ui: string;
  /** A stopping server may still respond, but must not get new users. */
  readonly phase: "starting" | "ready" | "stopping";
}

/** True if the server runs on this machine and in this container: elsewhere its number belongs to another process. */
export async function isRunningHere(state: LocalTemporalState): Promise<boolean> {
  return (state.space === undefined || state.space === (await processSpace())) && (await isRunning(state));
}

/** Undefined if no server was started yet, or if a power cut left the file empty. */
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
