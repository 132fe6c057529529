import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { tryLock } from "fs-native-extensions";
import { UserError } from "../errors.ts";
import { t } from "../language/words.ts";

/** A server that has left the process table may still be closing its files for a moment. */
const CLOSING_MS = 5_000;
const RETRY_MS = 20;

/**
 * Takes the lock that a server inherits and holds until it ends. Unlike process numbers, the lock also shows a server on
 * another machine or in another container with the same state folder. Two servers would corrupt the database.
 *
 * @throws {UserError} if such a server runs; `host` says where, if it is known
 */
export async function takeServerLock(file: string, home: string, host: string | undefined): Promise<FileHandle> {
  const handle = await open(file, "a+", 0o600);
  for (const until = performance.now() + CLOSING_MS; performance.now() < until; await wait(RETRY_MS)) {
    if (tryLock(handle.fd)) return handle;
  }
  await handle.close();
  throw new UserError(
    host === undefined
      ? t`the state folder ${home} is in use elsewhere: another machine or container runs its local Temporal.\n  End caselink there, or set CASELINK_HOME to another folder.`
      : t`the state folder ${home} is in use on ${host}: another machine or container runs its local Temporal.\n  End caselink there, or set CASELINK_HOME to another folder.`,
  );
}
