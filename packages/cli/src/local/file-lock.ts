import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { tryLock } from "fs-native-extensions";

const RETRY_MS = 50;

export interface FileLockOptions {
  /** Called once if the lock is held by another. */
  onWait?: () => void;
  /** Ends the wait; the promise then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs `action` while no other process, and no other call in this process, runs one with the same `file`.
 *
 * The operating system releases the lock when its process ends, for any reason. The file stays: if it were deleted, two
 * processes could lock two different files of the same name.
 */
export async function withFileLock<T>(
  file: string,
  action: () => Promise<T>,
  { onWait, signal }: FileLockOptions = {},
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, "a+", 0o600);
  try {
    if (!tryLock(handle.fd)) {
      onWait?.();
      do {
        await wait(RETRY_MS, undefined, { signal });
      } while (!tryLock(handle.fd));
    }
    return await action();
  } finally {
    await handle.close();
  }
}
