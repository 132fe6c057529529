import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, rename, stat } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { childEnvironment } from "./child-environment.ts";
import { identifyProcess, type ProcessIdentity } from "@caselink/ledger";
import { stopProcess } from "./stop-process.ts";
import { findTemporalFault } from "./temporal-health.ts";

/** It takes 0.2 to 0.4 s where the machine is not busy with something else. */
const READY_LIMIT_MS = 60_000;

/** A server that is told to stop first drains its connections for 1.5 s; there is no setting for that. */
export const STOP_GRACE_MS = 10_000;

const LOG_LIMIT_BYTES = 10_000_000;

/** What batches can be searched by in the web page. A test holds them against what batches set. */
const SEARCH_ATTRIBUTES = ["CaselinkState", "CaselinkEndpoint", "CaselinkKind"];

export interface TemporalServerOptions {
  /** Path of the Temporal CLI. */
  cli: string;
  port: number;
  /** Without one there is no web UI. */
  uiPort?: number;
  /** SQLite file of the state; without one it is in memory. */
  dbFile?: string;
  /** Gets all that the server prints. */
  logFile: string;
  env: NodeJS.ProcessEnv;
  /** True: it outlives this process, and neither a Ctrl-C in the terminal nor the end of the process group reaches it. */
  isDetached: boolean;
  /** An open file that the server keeps open, and a lock on it with that, for as long as it lives. */
  lockFd?: number;
  /** Awaited as soon as there is a process, long before it is ready. */
  onSpawn?: (identity: ProcessIdentity) => Promise<void>;
}

export interface TemporalServerProcess {
  readonly identity: ProcessIdentity;
  readonly address: string;
  /** Resolves with a few words, such as `exit status 1`, when the server is gone. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
  /** At once, for a server whose state nobody needs. */
  kill(): Promise<void>;
}

/** The server ended before it was ready; the message carries what it said last. */
export class TemporalServerStartError extends Error {
  override readonly name = "TemporalServerStartError";
  readonly isPortTaken: boolean;

  constructor(message: string, { isPortTaken }: { isPortTaken: boolean }) {
    super(message);
    this.isPortTaken = isPortTaken;
  }
}

/** Starts a Temporal development server and resolves when it is ready; throws {@link TemporalServerStartError}. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServerProcess> {
  const { logFile, port } = options;
  const address = `127.0.0.1:${port}`;
  const logStart = await prepareLog(logFile);
  const child = spawnServer(options);
  const ended = describeEnd(child);
  const fail = async (what: string) => {
    const said = (await readFile(logFile)).subarray(logStart).toString().trim();
    const isPortTaken = /can't set \w+ ?\w* port|address already in use/i.test(said);
    const tail = said === "" ? "It said nothing." : `It said:\n${said.split("\n").slice(-15).join("\n")}`;
    return new TemporalServerStartError(
      `The local Temporal server (${options.cli}) ${what}. ${tail}\nIts log: ${logFile}`,
      { isPortTaken },
    );
  };

  const { pid } = child;
  const identity = pid === undefined ? undefined : await identifyProcess(pid);
  if (identity === undefined) throw await fail(`did not start: ${await ended}`);
  try {
    await options.onSpawn?.(identity);
  } catch (error) {
    await stopProcess(identity, STOP_GRACE_MS);
    throw error;
  }
  const outcome = await Promise.race([
    ended.then((end) => `did not start: ${end}`),
    waitUntilReady(address).then((fault) => fault && `was not ready after ${READY_LIMIT_MS / 1000} s: ${fault}`),
  ]);
  if (outcome !== undefined) {
    await stopProcess(identity, STOP_GRACE_MS);
    throw await fail(outcome);
  }
  return {
    identity,
    address,
    ended,
    stop: () => stopProcess(identity, STOP_GRACE_MS),
    kill: () => stopProcess(identity, 0),
  };
}

function spawnServer({
  cli,
  port,
  uiPort,
  dbFile,
  logFile,
  env,
  isDetached,
  lockFd,
}: TemporalServerOptions): ChildProcess {
  const log = openSync(logFile, "a", 0o600);
  try {
    const child = spawn(
      cli,
      [
        "server",
        "start-dev",
        "--log-level=error",
        "--ip=127.0.0.1",
        `--port=${port}`,
        ...SEARCH_ATTRIBUTES.map((name) => `--search-attribute=${name}=Keyword`),
        uiPort === undefined ? "--headless" : `--ui-port=${uiPort}`,
        // Write-ahead logging: 110 instead of 75 activities a second, and a killed server loses nothing either way.
        ...(dbFile === undefined ? [] : [`--db-filename=${dbFile}`, "--sqlite-pragma=journal_mode=wal"]),
      ],
      {
        detached: isDetached,
        stdio: ["ignore", log, log, ...(lockFd === undefined ? [] : [lockFd])],
        windowsHide: true,
        // The server would ask the vendor for newer versions of itself.
        env: { ...childEnvironment(env), TEMPORAL_VERSION_CHECK_DISABLED: "1" },
      },
    );
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function describeEnd(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal === null ? `exit status ${code}` : `ended by ${signal}`));
  });
}

/** Resolves with undefined, or with the last fault when the time is up. */
async function waitUntilReady(address: string): Promise<string | undefined> {
  const deadline = Date.now() + READY_LIMIT_MS;
  for (;;) {
    // A refused gRPC connection waits for a second before it tries again; a refused TCP connection costs nothing.
    const fault = (await isListening(address)) ? await findTemporalFault(address, 5_000) : "nothing listens there";
    if (fault === undefined || Date.now() >= deadline) return fault;
    await wait(10);
  }
}

function isListening(address: string): Promise<boolean> {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Sets a long log aside; resolves with the length at which the new server's part begins. */
async function prepareLog(logFile: string): Promise<number> {
  const size = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  if (size < LOG_LIMIT_BYTES) return size;
  await rename(logFile, `${logFile}.1`);
  return 0;
}
