import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { PlanPreview } from "@caselink/ledger";
import { pathOf, type BaseSettings } from "../settings.ts";

/** The rejects file that was written. */
export interface RejectsFile {
  path: string;
  /** A file under the default name that someone has edited, and that was not overwritten. */
  unchanged?: string;
}

/**
 * Writes the invalid rows next to the first input, ready to be fixed and run; to the state folder if the input's folder
 * cannot be written. Replaces only a file that a command wrote and no one has edited since: otherwise the rejects get the
 * next free name. Returns undefined if no row is invalid.
 */
export async function writeRejects(
  plan: PlanPreview,
  paths: readonly string[],
  settings: BaseSettings,
): Promise<RejectsFile | undefined> {
  if (plan.errorCount === 0) return undefined;
  const { home, cwd } = settings;
  const first = (paths.find((path) => path !== "-") ?? "stdin.csv").replace(/\.gz$/i, "");
  const inputFolder = first === "stdin.csv" ? cwd : dirname(first);
  const isWritable = await access(pathOf(settings, inputFolder), constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) await mkdir(home, { recursive: true });
  const stem = join(isWritable ? inputFolder : home, `${basename(first, extname(first))}.rejects`);
  const inputs = new Set(paths.map((path) => resolve(cwd, path)));
  const unfinished = pathOf(settings, `${stem}.${process.pid}.tmp`);
  try {
    await plan.writeRejects(unfinished);
    const sum = await sumOf(unfinished);
    if (sum === undefined) return undefined;
    for (let number = 1; ; number++) {
      const path = `${stem}${number === 1 ? "" : `-${number}`}.${plan.rejectsFormat}`;
      const file = resolve(cwd, path);
      if (inputs.has(file) || !(await mayReplace(file, sum, home))) continue;
      await rename(unfinished, file);
      await storeSum(file, sum, home);
      return { path, ...(number > 1 && { unchanged: `${stem}.${plan.rejectsFormat}` }) };
    }
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function mayReplace(path: string, sum: string, home: string): Promise<boolean> {
  try {
    const present = await sumOf(path);
    return present === undefined || present === sum || present === (await storedSum(path, home));
  } catch {
    // A file that cannot be read was not written by this command.
    return false;
  }
}

/** The SHA-256 of a file; undefined if it does not exist. */
async function sumOf(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The file that stores the checksum of a rejects file; one each, so that concurrent commands do not collide. */
function checksumFile(path: string, home: string): string {
  return join(home, "rejects", createHash("sha256").update(path).digest("hex"));
}

async function storedSum(path: string, home: string): Promise<string | undefined> {
  return readFile(checksumFile(path, home), "utf8").catch(() => undefined);
}

/** Stores the checksum. After a failure the rejects file is not replaced the next time. */
async function storeSum(path: string, sum: string, home: string): Promise<void> {
  const file = checksumFile(path, home);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, sum);
  } catch {
    await rm(file, { force: true }).catch(() => undefined);
  }
}
