import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { isRunning, processSpace } from "@caselink/common";
import { withFileLock } from "./file-lock.ts";
import { findFreePort } from "./free-port.ts";
import { UserError } from "../errors.ts";
import { t } from "../language/words.ts";
import {
  isRunningHere,
  type LocalTemporalFiles,
  type LocalTemporalState,
  localTemporalFiles,
  readState,
  writeState,
} from "./local-temporal-state.ts";
import { addUser, readUsers, type WorkerScope } from "./local-users.ts";
import { takeServerLock } from "./server-lock.ts";
import { askToStop, stopProcess } from "./stop-process.ts";
import { findTemporalProblem } from "./temporal-health.ts";
import { startTemporalServer, STOP_GRACE_MS, TemporalServerStartError } from "./temporal-server-process.ts";

/** The port of a development server's web UI in Temporal's documentation. */
const USUAL_UI_PORT = 8233;

/** Time between checks of a server that another process started. */
const POLL_MS = 500;

const START_TRIES = 5;

export interface LocalTemporalOptions {
  /** State folder; created if missing. One server serves all processes with the same state folder. */
  home: string;
  /** The scope of this process's worker; absent without a worker. */
  scope?: WorkerScope;
  /** Path of a Temporal CLI, as `findTemporalCli` returns it. */
  cli: string;
  log: (line: string) => void;
  /** Called once when the server runs or has just been started, so that other slow work can start meanwhile. */
  onServerStarted?: () => void;
  /** Preferred port of the web UI, used if it is free and no server runs. Default: the last one, else 8233. */
  uiPort?: number;
  env?: NodeJS.ProcessEnv;
  /** A running server that does not respond for this long is replaced. Default: 15 s. */
  healthLimitMs?: number;
  /** A server that does not end this long after the request to stop is killed. Default: 10 s. */
  stopGraceMs?: number;
  /** Ends the wait for another process that is starting or stopping the server. */
  signal?: AbortSignal;
}

/** One use of the local Temporal server of a state folder. */
export interface LocalTemporal extends AsyncDisposable {
  /** `127.0.0.1:PORT`. Connect with `LOCAL_CHANNEL_ARGUMENTS`. */
  readonly address: string;
  /** URL of the web UI. */
  readonly ui: string;
  readonly pid: number;
  /** Resolves with a short reason if the current server ends unexpectedly; a new promise after `restart`. */
  readonly died: Promise<string>;
  /**
   * Starts the server again on the same state and, if it is still free, the same port, so that clients reconnect
   * automatically. Uses the server of another process if that one has already started it.
   */
  restart(): Promise<void>;
  /**
   * Ends this use. The last use stops the server, which takes 1.5 s. With `waitForEnd: false` only requests the stop, and
   * the next use waits for the end.
   */
  close(options?: { waitForEnd?: boolean }): Promise<void>;
}

/**
 * Starts the Temporal server of a state folder, or joins the other processes that use it.
 *
 * @throws {UserError} if these serve the same API with another ledger, or run on another machine or in another container
 */
export async function openLocalTemporal(options: LocalTemporalOptions): Promise<LocalTemporal> {
  const { home, scope, log, signal, stopGraceMs = STOP_GRACE_MS } = options;
  const files = localTemporalFiles(home);
  await mkdir(files.users, { recursive: true, mode: 0o700 });
  const locked = <T>(action: () => Promise<T>, lockSignal: AbortSignal | undefined) =>
    withFileLock(files.lock, action, {
      signal: lockSignal,
      onWait: () => log(t`Local Temporal: waiting for another caselink process that starts or stops the server`),
    });

  const { user, first } = await locked(async () => {
    await requireSameLedger(options);
    const first = await joinOrStart(options);
    return { first, user: await addUser(files.users, scope) };
  }, signal);

  let server = first;
  let isClosed = false;
  const local: LocalTemporal = {
    get address() {
      return server.state.address;
    },
    get ui() {
      return server.state.ui;
    },
    get pid() {
      return server.state.pid;
    },
    get died() {
      return server.died;
    },
    async restart() {
      if (isClosed) throw new TypeError("This local Temporal is closed.");
      server.unfollow();
      server = await locked(() => joinOrStart(options), signal);
    },
    async close({ waitForEnd = true } = {}) {
      if (isClosed) return;
      isClosed = true;
      server.unfollow();
      await locked(async () => {
        await rm(user, { force: true });
        const { live, gone } = await readUsers(files.users);
        for (const file of gone) await rm(file, { force: true });
        if (live.length > 0) return;
        // Another process may have restarted the server since this use began.
        const state = await readState(files.state);
        if (state === undefined || !(await isRunningHere(state))) return;
        await writeState(files.state, { ...state, phase: "stopping" });
        if (waitForEnd) await stopProcess(state, stopGraceMs);
        else await askToStop(state);
        // Without the signal: it has ended the work, and must not end this clean-up.
      }, undefined);
    },
    [Symbol.asyncDispose]: () => local.close(),
  };
  return local;
}

/** A worker takes any batch of its API on the local Temporal, and would fail a batch of another ledger. */
async function requireSameLedger({ home, scope }: LocalTemporalOptions): Promise<void> {
  if (scope === undefined) return;
  for (const { pid, scope: other } of (await readUsers(localTemporalFiles(home).users)).live) {
    if (other === undefined || other.endpoint !== scope.endpoint || other.ledger === scope.ledger) continue;
    throw new UserError(
      t`process ${pid} uses the local Temporal of ${home}\n  with the ledger ${other.ledger}, but this command uses ${scope.ledger}.\n  Set CASELINK_LEDGER to the same ledger, or CASELINK_HOME to another folder.`,
    );
  }
}

interface FollowedServer {
  readonly state: LocalTemporalState;
  readonly died: Promise<string>;
  unfollow(): void;
}

/** Must be called under the lock. */
async function joinOrStart(options: LocalTemporalOptions): Promise<FollowedServer> {
  const { home, log, healthLimitMs = 15_000, stopGraceMs = STOP_GRACE_MS } = options;
  const files = localTemporalFiles(home);
  const last = await readState(files.state);
  if (last !== undefined && (await isRunningHere(last))) {
    // A server that is still starting has lost the process that started it, as this process holds the lock. The health
    // check waits until it is ready.
    options.onServerStarted?.();
    const isStopping = last.phase === "stopping";
    const problem = isStopping ? undefined : await findTemporalProblem(last.address, healthLimitMs);
    if (!isStopping && problem === undefined) {
      const joined: LocalTemporalState = { ...last, phase: "ready" };
      await rm(files.dbIncomplete, { force: true });
      await writeState(files.state, joined);
      return follow(joined, watch(joined));
    }
    log(
      problem === undefined
        ? t`Local Temporal: the server (process ${last.pid}) is stopping; waiting for its end, then starting another`
        : t`Local Temporal: the server (process ${last.pid}) ${problem}; waiting for its end, then starting another`,
    );
    await stopProcess(last, stopGraceMs);
  }
  return start(options, last);
}

/**
 * The server creates its tables only if there is no database file. If it is killed meanwhile, no later server can start.
 * Therefore a database on which no server was ever ready, and which is empty, is deleted.
 */
async function prepareDb({ db, dbIncomplete }: LocalTemporalFiles, log: (line: string) => void): Promise<void> {
  if (await exists(dbIncomplete)) {
    for (const part of ["", "-wal", "-shm", "-journal"]) await rm(`${db}${part}`, { force: true });
    log(t`Local Temporal: an earlier first start was not finished; starting with an empty database`);
  } else if (!(await exists(db))) await writeFile(dbIncomplete, "");
}

async function start(options: LocalTemporalOptions, last: LocalTemporalState | undefined): Promise<FollowedServer> {
  const { home } = options;
  const space = await processSpace();
  const host = last?.space === undefined || last.space === space ? undefined : last.space.split("/")[0];
  const lock = await takeServerLock(localTemporalFiles(home).serverLock, home, host);
  try {
    return await startHolding(lock.fd, space, options, last);
  } finally {
    await lock.close(); // the server has inherited it
  }
}

async function startHolding(
  lockFd: number,
  space: string,
  options: LocalTemporalOptions,
  last: LocalTemporalState | undefined,
): Promise<FollowedServer> {
  const { home, cli, env = process.env, log } = options;
  const files = localTemporalFiles(home);
  for (let tryNumber = 1; ; tryNumber += 1) {
    await prepareDb(files, log);
    const isFirstTry = tryNumber === 1;
    const port = await findFreePort(isFirstTry && last ? [portOf(last.address)] : []);
    const preferredUiPort = options.uiPort ?? (last ? portOf(last.ui) : USUAL_UI_PORT);
    const uiPort = await findFreePort(isFirstTry && preferredUiPort !== port ? [preferredUiPort] : []);
    const location = { space, address: `127.0.0.1:${port}`, ui: `http://127.0.0.1:${uiPort}` };
    try {
      const { identity, ended } = await startTemporalServer({
        cli,
        env,
        port,
        uiPort,
        dbFile: files.db,
        logFile: files.log,
        isDetached: true,
        lockFd,
        // Immediately, so that the server is known even if this process is killed in the next moment.
        onSpawn: async (identity) => {
          await writeState(files.state, { ...identity, ...location, phase: "starting" });
          options.onServerStarted?.();
        },
      });
      const state: LocalTemporalState = { ...identity, ...location, phase: "ready" };
      await rm(files.dbIncomplete, { force: true });
      await writeState(files.state, state);
      log(t`Local Temporal: started at ${state.address}, web UI at ${state.ui}`);
      return follow(state, { ended, stop: () => undefined });
    } catch (error) {
      // Another process may take the port between the check and the start.
      if (!(error instanceof TemporalServerStartError && error.isPortTaken) || tryNumber >= START_TRIES) throw error;
    }
  }
}

/** Polls a server that another process started: only the parent of a process is notified of its end. */
function watch(state: LocalTemporalState): { ended: Promise<string>; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<string>((resolve) => {
    const poll = async () => {
      if (await isRunning(state)) return;
      clearInterval(timer);
      resolve("it is gone");
    };
    timer = setInterval(() => {
      void poll();
    }, POLL_MS).unref();
  });
  return { ended, stop: () => clearInterval(timer) };
}

function follow(state: LocalTemporalState, end: { ended: Promise<string>; stop: () => void }): FollowedServer {
  let isFollowed = true;
  const died = new Promise<string>((resolve) => {
    void end.ended.then((how) => isFollowed && resolve(how));
  });
  return {
    state,
    died,
    unfollow() {
      isFollowed = false;
      end.stop();
    },
  };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
