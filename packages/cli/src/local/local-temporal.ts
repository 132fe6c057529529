import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { withFileLock } from "./file-lock.ts";
import { findFreePort } from "./free-port.ts";
import { UserError } from "../errors.ts";
import {
  isRunningHere,
  type LocalTemporalFiles,
  type LocalTemporalState,
  localTemporalFiles,
  readState,
  writeState,
} from "./local-temporal-state.ts";
import { isRunning, processSpace } from "@caselink/ledger";
import { addUser, readUsers, type WorkerScope } from "./local-users.ts";
import { takeServerLock } from "./server-lock.ts";
import { askToStop, stopProcess } from "./stop-process.ts";
import { findTemporalFault } from "./temporal-health.ts";
import { startTemporalServer, STOP_GRACE_MS, TemporalServerStartError } from "./temporal-server-process.ts";

/** Where Temporal's own documentation puts the web UI of a development server. */
const USUAL_UI_PORT = 8233;

/** How often a server that another process started is looked at. */
const LOOK_EVERY_MS = 500;

const START_TRIES = 5;

export interface LocalTemporalOptions {
  /** State folder; made where it is missing. One server serves all processes that use the same one. */
  home: string;
  /** What this process works; absent: it only looks. */
  work?: WorkerScope;
  /** Path of a Temporal CLI, as `findTemporalCli` returns it. */
  cli: string;
  log: (line: string) => void;
  /** Called once when the server is there or has just been started: what else takes time can begin meanwhile. */
  onUnderWay?: () => void;
  /** Wished port of the web UI; another one where it is taken or a running server has another. Default: the last one, else 8233. */
  uiPort?: number;
  env?: NodeJS.ProcessEnv;
  /** A running server that does not answer for so long is hung and gets replaced. Default: 15 s. */
  healthLimitMs?: number;
  /** A server that does not end so long after it was told to is killed. Default: 10 s. */
  stopGraceMs?: number;
  /** Ends the wait for another process that is starting or stopping the server. */
  signal?: AbortSignal;
}

/** A use of the local Temporal server of a state folder. */
export interface LocalTemporal extends AsyncDisposable {
  /** `127.0.0.1:PORT`. Connect with `LOCAL_CHANNEL_ARGUMENTS`. */
  readonly address: string;
  /** URL of the web UI. */
  readonly ui: string;
  readonly pid: number;
  /** Resolves with a few words when the present server is gone without being asked to; a new promise after `restart`. */
  readonly died: Promise<string>;
  /**
   * Brings a dead server back on the same state and, unless somebody took it meanwhile, the same port, where clients
   * reconnect by themselves. Where another process was quicker, uses that one's.
   */
  restart(): Promise<void>;
  /**
   * Ends this use. The last one stops the server, which takes 1.5 s; with `waitForEnd: false` only tells it to stop, and
   * who opens it next waits.
   */
  close(options?: { waitForEnd?: boolean }): Promise<void>;
}

/**
 * Starts the Temporal server of a state folder, or joins the other processes that use it.
 *
 * @throws {UserError} where these work the same API with another ledger, or are on another machine or in another container
 */
export async function openLocalTemporal(options: LocalTemporalOptions): Promise<LocalTemporal> {
  const { home, work, log, signal, stopGraceMs = STOP_GRACE_MS } = options;
  const files = localTemporalFiles(home);
  await mkdir(files.users, { recursive: true, mode: 0o700 });
  const locked = <T>(action: () => Promise<T>, lockSignal: AbortSignal | undefined) =>
    withFileLock(files.lock, action, {
      signal: lockSignal,
      onWait: () => log("Local Temporal: another caselink is starting or stopping the server; waiting for it"),
    });

  const { user, first } = await locked(async () => {
    await requireSameLedger(options);
    const first = await joinOrStart(options);
    return { first, user: await addUser(files.users, work) };
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
        // Not the one this use began with, where another process has restarted it.
        const state = await readState(files.state);
        if (state === undefined || !(await isRunningHere(state))) return;
        await writeState(files.state, { ...state, phase: "stopping" });
        if (waitForEnd) await stopProcess(state, stopGraceMs);
        else await askToStop(state);
        // The signal that ended the work must not end the tidying up as well.
      }, undefined);
    },
    [Symbol.asyncDispose]: () => local.close(),
  };
  return local;
}

/** A worker takes any batch of its API that the local Temporal has, and fails one that its ledger does not hold. */
async function requireSameLedger({ home, work }: LocalTemporalOptions): Promise<void> {
  if (work === undefined) return;
  for (const { pid, work: other } of (await readUsers(localTemporalFiles(home).users)).live) {
    if (other === undefined || other.endpoint !== work.endpoint || other.ledger === work.ledger) continue;
    throw new UserError(
      `process ${pid} works on the local Temporal of ${home}\n  with the ledger ${other.ledger}, this command names ${work.ledger}.\n  Set CASELINK_LEDGER to the same, or CASELINK_HOME to another folder.`,
    );
  }
}

interface FollowedServer {
  readonly state: LocalTemporalState;
  readonly died: Promise<string>;
  unfollow(): void;
}

/** To be called under the lock. */
async function joinOrStart(options: LocalTemporalOptions): Promise<FollowedServer> {
  const { home, log, healthLimitMs = 15_000, stopGraceMs = STOP_GRACE_MS } = options;
  const files = localTemporalFiles(home);
  const last = await readState(files.state);
  if (last !== undefined && (await isRunningHere(last))) {
    // One that is still starting has lost who started it, as we hold the lock: the look at its health waits for it.
    options.onUnderWay?.();
    const fault = last.phase === "stopping" ? "is stopping" : await findTemporalFault(last.address, healthLimitMs);
    if (fault === undefined) {
      const joined: LocalTemporalState = { ...last, phase: "ready" };
      await rm(files.dbUnmade, { force: true });
      await writeState(files.state, joined);
      return follow(joined, watch(joined));
    }
    log(`Local Temporal: the running server (process ${last.pid}) ${fault}; waiting for its end to start another`);
    await stopProcess(last, stopGraceMs);
  }
  return start(options, last);
}

/**
 * The server makes its tables only where there is no file yet, so one that was killed at that would never start again: a
 * file on which no server was ever ready holds nothing and is deleted.
 */
async function markUnmadeDb({ db, dbUnmade }: LocalTemporalFiles, log: (line: string) => void): Promise<void> {
  if (await exists(dbUnmade)) {
    for (const part of ["", "-wal", "-shm", "-journal"]) await rm(`${db}${part}`, { force: true });
    log("Local Temporal: an earlier first start was not finished; starting with an empty database");
  } else if (!(await exists(db))) await writeFile(dbUnmade, "");
}

async function start(options: LocalTemporalOptions, last: LocalTemporalState | undefined): Promise<FollowedServer> {
  const { home } = options;
  const space = await processSpace();
  const host = last?.space === undefined || last.space === space ? undefined : last.space.split("/")[0];
  const lock = await takeServerLock(localTemporalFiles(home).serverLock, home, host);
  try {
    return await startHolding(lock.fd, space, options, last);
  } finally {
    await lock.close(); // the server has it now
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
    await markUnmadeDb(files, log);
    const isFirstTry = tryNumber === 1;
    const port = await findFreePort(isFirstTry && last ? [portOf(last.address)] : []);
    const wishedUiPort = options.uiPort ?? (last ? portOf(last.ui) : USUAL_UI_PORT);
    const uiPort = await findFreePort(isFirstTry && wishedUiPort !== port ? [wishedUiPort] : []);
    const place = { space, address: `127.0.0.1:${port}`, ui: `http://127.0.0.1:${uiPort}` };
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
        // At once: where this process is killed in the next moment, the server must not run on unknown.
        onSpawn: async (identity) => {
          await writeState(files.state, { ...identity, ...place, phase: "starting" });
          options.onUnderWay?.();
        },
      });
      const state: LocalTemporalState = { ...identity, ...place, phase: "ready" };
      await rm(files.dbUnmade, { force: true });
      await writeState(files.state, state);
      log(`Local Temporal: started at ${state.address}, web UI at ${state.ui}`);
      return follow(state, { ended, stop: () => undefined });
    } catch (error) {
      // Between looking and listening somebody else may take the port.
      if (!(error instanceof TemporalServerStartError && error.isPortTaken) || tryNumber >= START_TRIES) throw error;
    }
  }
}

/** Only the parent of a process is told of its end; others must look. */
function watch(state: LocalTemporalState): { ended: Promise<string>; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<string>((resolve) => {
    const look = async () => {
      if (await isRunning(state)) return;
      clearInterval(timer);
      resolve("it is gone");
    };
    timer = setInterval(() => {
      void look();
    }, LOOK_EVERY_MS).unref();
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
