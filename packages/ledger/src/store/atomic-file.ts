import { randomBytes } from "node:crypto";
import { link, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "@caselink/common";

/** Names of files that are still being written. A crash may leave such a file behind; readers ignore it. */
const UNFINISHED = /^\..+\.[0-9a-f]{12}\.tmp$/;

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** A temporary name in the same folder, for a file that is renamed to `path` when it is complete. */
export function temporaryPathFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
}

/** Replaces a file atomically: even after a power failure, it has either the old text or the new one. */
export async function replaceFile(path: string, text: string | Uint8Array): Promise<void> {
  const temporary = temporaryPathFor(path);
  try {
    await writeSynced(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await removeFile(temporary);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Creates a file atomically. If it exists already, it stays unchanged and the result is `false`. */
export async function createFile(path: string, text: string | Uint8Array): Promise<boolean> {
  const temporary = temporaryPathFor(path);
  try {
    await writeSynced(temporary, text);
    if (!(await linkNew(temporary, path))) return false;
  } finally {
    await removeFile(temporary);
  }
  await syncFolder(dirname(path));
  return true;
}

/** Removes a file; a missing one is no error. One system call, where `rm` makes two. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw error;
  });
}

async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS" && code !== "EOPNOTSUPP") throw error;
  }
  // Without hard links, another process can create the file between this check and the rename.
  if (await exists(to)) return false;
  await rename(from, to);
  return true;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * Writes a new file and waits until it is on the disk. Creates the file's folder and the one above it if they are
 * missing, and no other.
 */
export async function writeSynced(path: string, text: string | Uint8Array): Promise<void> {
  const file = await openNew(path);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function openNew(path: string) {
  try {
    return await open(path, "wx");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    // Two levels hold the versions of a chunk's results. Only committing a batch may create the batch's folder above.
    const folder = dirname(path);
    if (!(await hasCreated(folder)) && (await hasCreated(dirname(folder)))) await hasCreated(folder);
    return open(path, "wx");
  }
}

/** Creates a folder, durably. Returns `false` if the folder above is missing. */
async function hasCreated(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") return false;
    if (code !== "EEXIST") throw error;
  }
  await syncFolder(dirname(folder));
  return true;
}

/** Makes new names in a folder durable. Windows cannot open folders and does not need this. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes the content of an existing file durable. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
