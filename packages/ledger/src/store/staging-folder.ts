import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { StagingFolder } from "./store.ts";

const STAGE_LIFETIME_MS = 24 * 60 * 60 * 1000;

const live = new Set<string>();
let isWatching = false;

/**
 * Creates an empty folder in `parent` that only its owner can read. It is removed by `remove()` or when the process exits.
 * The first call after a day removes a folder that a killed process left behind.
 *
 * @param prefix start of the folder's name; folders with other names are never removed
 */
export async function createStagingFolderIn(parent: string, prefix: string): Promise<StagingFolder> {
  const folder = join(parent, `${prefix}${randomBytes(8).toString("hex")}`);
  await mkdir(parent, { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  live.add(folder);
  removeAtExit();
  // By the clock of the disk, which wrote the others' times, too: that of this machine may be wrong.
  await removeForgotten(parent, prefix, (await stat(folder)).mtimeMs);
  return {
    folder,
    async remove() {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      live.delete(folder);
    },
  };
}

function removeAtExit(): void {
  if (isWatching) return;
  isWatching = true;
  process.once("exit", () => {
    for (const folder of live) rmSync(folder, { recursive: true, force: true });
  });
}

async function removeForgotten(parent: string, prefix: string, nowMs: number): Promise<void> {
  const name = new RegExp(`^${prefix}[0-9a-f]{16}$`);
  for (const entry of (await readdir(parent)).filter((found) => name.test(found))) {
    const stage = join(parent, entry);
    const { mtimeMs } = await stat(stage).catch(() => ({ mtimeMs: Infinity }));
    if (nowMs - mtimeMs <= STAGE_LIFETIME_MS) continue;
    // In a shared temporary folder, other users' folders cannot be removed.
    await rm(stage, { recursive: true, force: true }).catch(() => undefined);
  }
}
