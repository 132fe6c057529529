import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { PlanPreview } from "@caselink/ledger";
import { pathOf, type BaseSettings } from "../settings.ts";

/** Where the rejects are. */
export interface RejectsFile {
  path: string;
  /** A file of the first choice's name that holds somebody's work, and is left as it is. */
  kept?: string;
}

/**
 * Writes the faulty lines beside the first input, ready to be mended and run again; where that folder cannot be
 * written, in the state folder. Replaces only what a command wrote there last: a file that was mended since, or is
 * something else, stays, and the rejects go to the next free name. Undefined where nothing is faulty.
 */
export async function writeRejects(
  plan: PlanPreview,
  paths: readonly string[],
  settings: BaseSettings,
): Promise<RejectsFile | undefined> {
  if (plan.faultCount === 0) return undefined;
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
  const aside = pathOf(settings, `${stem}.${process.pid}.tmp`);
  try {
    await plan.writeRejects(aside);
    const sum = await sumOf(aside);
    if (sum === undefined) return undefined;
    for (let count = 1; ; count++) {
      const path = `${stem}${count === 1 ? "" : `-${count}`}.${plan.rejectsFormat}`;
      const file = resolve(cwd, path);
      if (inputs.has(file) || !(await mayReplace(file, sum, home))) continue;
      await rename(aside, file);
      await remember(file, sum, home);
      return { path, ...(count > 1 && { kept: `${stem}.${plan.rejectsFormat}` }) };
    }
  } finally {
    await rm(aside, { force: true });
  }
}

async function mayReplace(path: string, sum: string, home: string): Promise<boolean> {
  try {
    const present = await sumOf(path);
    return present === undefined || present === sum || present === (await rememberedSum(path, home));
  } catch {
    // What is there and cannot be read is not ours to replace.
    return false;
  }
}

/** The SHA-256 of a file; undefined where there is none. */
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

/** A file for each place, so that commands that run at once do not overwrite each other's. */
function memoryOf(path: string, home: string): string {
  return join(home, "rejects", createHash("sha256").update(path).digest("hex"));
}

async function rememberedSum(path: string, home: string): Promise<string | undefined> {
  return readFile(memoryOf(path, home), "utf8").catch(() => undefined);
}

/** What cannot be remembered is not replaced the next time, which loses nothing. */
async function remember(path: string, sum: string, home: string): Promise<void> {
  const file = memoryOf(path, home);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, sum);
  } catch {
    await rm(file, { force: true }).catch(() => undefined);
  }
}
