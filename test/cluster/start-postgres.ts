import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";

/** PostgreSQL refuses to run as root: it gets the user and group of no one then. */
const NO_ONE = 65_534;
const OWNER = process.getuid?.() === 0 ? { uid: NO_ONE, gid: NO_ONE } : {};

export const POSTGRES_USER = "temporal";

/** A running PostgreSQL server with a database cluster of its own. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  readonly password: string;
  /** Its files. */
  readonly folder: string;
  readonly pid: number | undefined;
  /** Kills it and all its processes, without a checkpoint. */
  kill(): Promise<void>;
  /** Starts it again on the same files and port; resolves when it accepts connections, after its recovery. */
  start(): Promise<void>;
}

/** @param bin the folder with the programs `initdb` and `postgres` */
export async function startPostgres(bin: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), "caselink-postgres-"));
  const data = join(folder, "data");
  const password = "temporal-test";
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, `${password}\n`);
  if (OWNER.uid !== undefined) await chown(folder, OWNER.uid, OWNER.gid);
  const init = ["-D", data, "-U", POSTGRES_USER, "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  await initialise(join(bin, "initdb"), [...init, "--encoding=UTF8", "--locale=C", "--no-sync"]);
  const port = await findFreePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    // Only a machine that loses its power would lose what was written: tests kill processes.
    "fsync=off",
  ];
  const flags = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];

  let server: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();

  async function start(): Promise<void> {
    const child = spawn(join(bin, "postgres"), flags, {
      ...OWNER,
      env: { LC_ALL: "C" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    server = child;
    ended = once(child, "close");
    await accepting(child);
  }

  async function kill(): Promise<void> {
    // Its processes notice the end of the first one, and end.
    server?.kill("SIGKILL");
    await ended;
  }

  await start();
  return {
    port,
    password,
    folder,
    get pid() {
      return server?.pid;
    },
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function initialise(program: string, args: string[]): Promise<void> {
  const child = spawn(program, args, { ...OWNER, env: { LC_ALL: "C" }, stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Error(`initdb ended with ${status}: ${errors}`);
}

/** Resolves when the server says that it accepts connections. */
async function accepting(child: ChildProcess): Promise<void> {
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.once("close", (status) => reject(new Error(`postgres ended with ${status}: ${output}`)));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (!output.includes("ready to accept connections")) output += text;
      if (output.includes("ready to accept connections")) resolve();
    });
  });
}
