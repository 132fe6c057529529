import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { tryLock } from "fs-native-extensions";
import { UserError } from "../errors.ts";

/** A server that is gone from the process table may for a moment still be closing its files. */
const CLOSING_MS = 5_000;
const RETRY_MS = 20;

/**
 * Takes the lock that a server inherits and holds for as long as it lives. Unlike process numbers it also tells of a server
 * on another machine or in another container with the same state folder: two would spoil the one database.
 *
 * @throws {UserError} where such a server runs; `host` names where, as far as that is known
 */
export async function takeServerLock(file: string, home: string, host: string | undefined): Promise<FileHandle> {
  const handle = await open(file, "a+", 0o600);
  for (const until = Date.now() + CLOSING_MS; Date.now() < until; await wait(RETRY_MS)) {
    if (tryLock(handle.fd)) return handle;
  }
  await handle.close();
  const where = host === undefined ? "elsewhere" : `on ${host}`;
  throw new UserError(
    `the state folder ${home} is in use ${where}: another machine or container runs its local Temporal.\n  End what runs there, or set CASELINK_HOME to a folder of this one's own.`,
  );
}
