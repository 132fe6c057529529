import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, rename, stat } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { identifyProcess, type ProcessIdentity } from "@caselink/common";
import { t, translated } from "../language/words.ts";
import { childEnvironment } from "./child-environment.ts";
import { stopProcess } from "./stop-process.ts";
import { findTemporalProblem } from "./temporal-health.ts";

/** A start takes 0.2 to 0.4 s on an idle machine. */
const READY_LIMIT_MS = 60_000;

/** A server first drains its connections for 1.5 s when it is stopped; no setting changes that. */
export const STOP_GRACE_MS = 10_000;

const LOG_LIMIT_BYTES = 10_000_000;

/** One server needs no partitions of a task queue. The default, 4, costs 0.3 s of processor time for each start. */
const SETTINGS = ["matching.numTaskqueueReadPartitions=1", "matching.numTaskqueueWritePartitions=1"];

/** The search attributes of batches. A test compares them with those that batches set. */
const SEARCH_ATTRIBUTES = ["CaselinkState", "CaselinkEndpoint", "CaselinkKind"];

export interface TemporalServerOptions {
  /** Path of the Temporal CLI. */
  cli: string;
  port: number;
  /** Without one there is no web UI. */
  uiPort?: number;
  /** SQLite file of the state; without one it is in memory. */
  dbFile?: string;
  /** Receives all output of the server. */
  logFile: string;
  env: NodeJS.ProcessEnv;
  /** If true, the server outlives this process, and a Ctrl-C in the terminal does not reach it. */
  isDetached: boolean;
  /** An open file that the server inherits: it holds the lock on that file until it ends. */
  lockFd?: number;
  /** Awaited as soon as the process exists, before the server is ready. */
  onSpawn?: (identity: ProcessIdentity) => Promise<void>;
}

export interface TemporalServerProcess {
  readonly identity: ProcessIdentity;
  readonly address: string;
  /** Resolves with a short reason, such as `exit status 1`, when the server has ended. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
  /** Kills a server whose state is not needed. */
  kill(): Promise<void>;
}

/** The server ended before it was ready; the message contains its last output. */
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
  const { cli, logFile, port } = options;
  const address = `127.0.0.1:${port}`;
  const logStart = await prepareLog(logFile);
  const child = spawnServer(options);
  const ended = describeEnd(child);
  const fail = async (what: string) => {
    const text = (await readFile(logFile)).subarray(logStart).toString().trim();
    const isPortTaken = /can't set \w+ ?\w* port|address already in use/i.test(text);
    const tail = text === "" ? t`It printed nothing.` : t`It printed:\n${text.split("\n").slice(-15).join("\n")}`;
    return new TemporalServerStartError(t`${what} ${tail}\nIts log: ${logFile}`, { isPortTaken });
  };
  const notStarted = (end: string): string => t`The local Temporal server (${cli}) did not start: ${translated(end)}.`;
  const notReady = (problem: string): string =>
    t`The local Temporal server (${cli}) was not ready after ${READY_LIMIT_MS / 1000} s: ${translated(problem)}.`;

  const { pid } = child;
  const identity = pid === undefined ? undefined : await identifyProcess(pid);
  if (identity === undefined) throw await fail(notStarted(await ended));
  try {
    await options.onSpawn?.(identity);
  } catch (error) {
    await stopProcess(identity, STOP_GRACE_MS);
    throw error;
  }
  const outcome = await Promise.race([
    ended.then(notStarted),
    waitUntilReady(address).then((problem) => problem && notReady(problem)),
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
        ...SETTINGS.map((setting) => `--dynamic-config-value=${setting}`),
        ...SEARCH_ATTRIBUTES.map((name) => `--search-attribute=${name}=Keyword`),
        uiPort === undefined ? "--headless" : `--ui-port=${uiPort}`,
        // Write-ahead logging: 110 instead of 75 activities per second. A killed server loses nothing in either mode.
        ...(dbFile === undefined ? [] : [`--db-filename=${dbFile}`, "--sqlite-pragma=journal_mode=wal"]),
      ],
      {
        detached: isDetached,
        stdio: ["ignore", log, log, ...(lockFd === undefined ? [] : [lockFd])],
        windowsHide: true,
        // Otherwise the server asks its vendor for newer versions.
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

/** Resolves with undefined when the server is ready, or with the last problem when the time is up. */
async function waitUntilReady(address: string): Promise<string | undefined> {
  const deadline = performance.now() + READY_LIMIT_MS;
  for (;;) {
    // gRPC waits a second after a failed connection; TCP does not, so it is tried first.
    const problem = (await isListening(address)) ? await findTemporalProblem(address, 5_000) : "nothing listens there";
    if (problem === undefined || performance.now() >= deadline) return problem;
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

/** Renames a long log; resolves with the length of the log before the new server's output. */
async function prepareLog(logFile: string): Promise<number> {
  const size = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  if (size < LOG_LIMIT_BYTES) return size;
  await rename(logFile, `${logFile}.1`);
  return 0;
}
