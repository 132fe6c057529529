import { createReadStream } from "node:fs";
import { access, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { errorCode, errorMessage } from "@caselink/common";
import { missingFile } from "../files/damaged-file.ts";
import { LedgerError } from "../ledger-error.ts";
import { accessProblem, type Access } from "./access-problem.ts";
import { createFile, isUnfinished, removeFile, replaceFile, syncFolder } from "./atomic-file.ts";
import { createStagingFolderIn } from "./staging-folder.ts";
import type { Store } from "./store.ts";

/** Outside of `batches/`, so that no reader sees it as a batch; on the same disk, so that a rename can commit it. */
const STAGES = "tmp";

/** Keeps a ledger in a folder of the local disk. */
export function createLocalStore(location: string): Store {
  const root = resolve(location);
  const at = (path: string) => join(root, ...path.split("/"));

  async function list(path: string): Promise<string[]> {
    try {
      const names = await readdir(at(path));
      return names.filter((name) => !isUnfinished(name)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw storageError(error, at(path), "read");
    }
  }

  async function replace(path: string, text: string | Uint8Array): Promise<void> {
    await replaceFile(at(path), text).catch((error: unknown) => {
      throw storageError(error, at(path), "written");
    });
  }

  return {
    location: root,
    describe: at,
    list,

    async listTree(path) {
      const folder = at(path);
      try {
        const entries = await readdir(folder, { recursive: true, withFileTypes: true });
        const files = entries.filter((entry) => entry.isFile() && !isUnfinished(entry.name));
        return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join("/"));
      } catch (error) {
        if (isMissing(error)) return [];
        throw storageError(error, folder, "read");
      }
    },

    async readText(path) {
      try {
        return await readFile(at(path), "utf8");
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw storageError(error, at(path), "read");
      }
    },

    async *read(path) {
      try {
        yield* createReadStream(at(path), { highWaterMark: 1 << 18 });
      } catch (error) {
        if (isMissing(error)) throw missingFile(at(path));
        throw storageError(error, at(path), "read");
      }
    },

    write: replace,
    overwrite: replace,

    async writeOnce(path, text) {
      return createFile(at(path), text).catch((error: unknown) => {
        throw storageError(error, at(path), "written");
      });
    },

    hasConditionalWrites: async () => true,
    examine: async () => undefined,
    place: async () => undefined,

    async remove(path) {
      await removeFile(at(path)).catch((error: unknown) => {
        if (!isMissing(error)) throw storageError(error, at(path), "removed");
      });
    },

    createStagingFolder: () =>
      createStagingFolderIn(at(STAGES), "").catch((error: unknown) => {
        throw storageError(error, at(STAGES), "written");
      }),

    async adopt(folder, path) {
      const target = at(path);
      const parent = join(target, "..");
      try {
        await mkdir(parent, { recursive: true });
        await syncTree(folder);
        await rename(folder, target);
        await syncFolder(parent);
        await syncFolder(root);
        return true;
      } catch (error) {
        const code = errorCode(error);
        if (code === "ENOTEMPTY" || code === "EEXIST") return false;
        // Windows reports EPERM if another folder has the name.
        if (code === "EPERM" && (await list(path)).length > 0) return false;
        throw storageError(error, target, "written");
      }
    },

    async removeTree(path, first) {
      const folder = at(path);
      try {
        await rm(join(folder, first), { force: true });
        await syncFolder(folder);
        await rm(folder, { recursive: true, maxRetries: 3 });
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw storageError(error, folder, "removed");
      }
    },

    async withLocalFiles(paths, use) {
      const files = paths.map(at);
      for (const file of files) {
        await access(file).catch((error: unknown) => {
          throw isMissing(error) ? missingFile(file) : storageError(error, file, "read");
        });
      }
      return use(files);
    },
  };
}

/** Syncs a folder and all folders below it. The files were synced when they were written. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncTree(join(folder, entry.name));
  }
  await syncFolder(folder);
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

function storageError(error: unknown, path: string, access: Access): LedgerError {
  if (error instanceof LedgerError) return error;
  const reason = REASONS[errorCode(error) ?? ""] ?? errorMessage(error);
  return new LedgerError("storage", accessProblem(access, path, reason), { cause: error });
}

const REASONS: Record<string, string> = {
  EACCES: "no permission; choose another ledger folder or change its rights",
  EPERM: "no permission; choose another ledger folder or change its rights",
  EROFS: "the disk is read-only; choose another ledger folder",
  ENOSPC: "the disk is full; free some space and start again, no data is lost",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of its path is a file, not a folder; choose another ledger folder",
};
