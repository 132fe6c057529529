import { randomBytes } from "node:crypto";
import { link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../error-facts.ts";

/** Files being written have this form of name, so that a leftover of a crash is known as one. */
const UNFINISHED = /^\..+\.[0-9a-f]{12}\.tmp$/;

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** A name beside a path, for what is to be renamed to it. */
export function besidePath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
}

/** Puts text at a path so that it is there as a whole, also after a loss of power, or not at all. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const aside = besidePath(path);
  try {
    await writeSynced(aside, text);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Like {@link replaceFile}, but leaves a file that is there as it is and returns `false`. */
export async function createFile(path: string, text: string): Promise<boolean> {
  const aside = besidePath(path);
  try {
    await writeSynced(aside, text);
    if (!(await linkNew(aside, path))) return false;
  } finally {
    await rm(aside, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
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
  // A file system without hard links: the moment between the look and the rename cannot be closed there.
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

/** Writes a new file, or the folder for it first where only that is missing, and waits until the disk has it. */
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
    // One level only: a batch's folder appears by committing the batch and in no other way.
    await mkdir(dirname(path)).catch((failure: NodeJS.ErrnoException) => {
      if (failure.code !== "EEXIST") throw failure;
    });
    await syncFolder(dirname(dirname(path)));
    return open(path, "wx");
  }
}

/** Makes new names in a folder durable. Windows keeps no handle on folders and needs none. */
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
