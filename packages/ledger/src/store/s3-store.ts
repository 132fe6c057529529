import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { errorMessage } from "@caselink/common";
import { missingFile } from "../files/damaged-file.ts";
import { LedgerError } from "../ledger-error.ts";
import { readAhead } from "./read-ahead.ts";
import { examineS3 } from "./examine-s3.ts";
import { parseS3Location } from "./s3-location.ts";
import type { S3Objects } from "./s3-objects.ts";
import { createStagingFolderIn } from "./staging-folder.ts";
import type { AdoptOptions, StagingFolder, Store } from "./store.ts";

/** Most parallel uploads or downloads. */
const MAX_TRANSFERS = 8;
/** A claim without a commit counts as abandoned after this time. */
const CLAIM_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** Most remembered object versions; a lane's worker needs those of the chunks that it works on. */
const KNOWN_VERSIONS = 4_096;
const ABSENT = Symbol("absent");

/** Stores a ledger in a bucket of S3-compatible object storage. The S3 client is loaded with the first request. */
export function createS3Store(location: string, open: () => Promise<S3Objects> = openLazily(location)): Store {
  const { bucket, prefix } = parseS3Location(location);
  const root = prefix === "" ? "" : `${prefix}/`;
  let opened: Promise<S3Objects> | undefined;
  const objects = (): Promise<S3Objects> => (opened ??= open());
  /** The version of each object that this process last read or wrote. */
  const versions = new Map<string, string | typeof ABSENT>();

  function remember(path: string, version: string | typeof ABSENT): void {
    versions.delete(path);
    versions.set(path, version);
    if (versions.size > KNOWN_VERSIONS) versions.delete(versions.keys().next().value as string);
  }

  const describe = (path: string): string => `s3://${bucket}/${root}${path}`;

  async function readText(path: string): Promise<string | undefined> {
    const found = await (await objects()).get(root + path);
    remember(path, found ? found.version : ABSENT);
    return found?.text;
  }

  async function withLocalFiles<Result>(
    paths: readonly string[],
    use: (files: readonly string[]) => Promise<Result>,
  ): Promise<Result> {
    const stage = await createStage();
    try {
      const bucketOf = await objects();
      const files: string[] = [];
      const downloads = readAhead(
        paths.entries(),
        async ([index, path]) => {
          const file = join(stage.folder, `${index}-${path.slice(path.lastIndexOf("/") + 1)}`);
          if (!(await bucketOf.download(root + path, file))) throw missingFile(describe(path));
          return file;
        },
        MAX_TRANSFERS,
      );
      for await (const file of downloads) files.push(file);
      return await use(files);
    } finally {
      await stage.remove();
    }
  }

  return {
    location: describe("").replace(/\/$/, ""),
    describe,
    readText,
    withLocalFiles,
    createStagingFolder: createStage,

    async *read(path) {
      // Downloads to a file first, so that a response that breaks off can be repeated before the caller gets any bytes.
      const stage = await createStage();
      try {
        const file = join(stage.folder, "object");
        if (!(await (await objects()).download(root + path, file))) throw missingFile(describe(path));
        yield* createReadStream(file, { highWaterMark: 1 << 18 });
      } finally {
        await stage.remove();
      }
    },

    async write(path, text) {
      const seen = versions.get(path);
      // If the write fails, this process no longer knows the object's version.
      versions.delete(path);
      const condition = seen === undefined ? undefined : seen === ABSENT ? "absent" : { version: seen };
      const version = await (await objects()).put(root + path, text, condition);
      if (version === undefined) {
        throw new LedgerError(
          "conflict",
          `Another process changed ${describe(path)} after this process read it. This process wrote nothing.`,
        );
      }
      remember(path, version);
    },

    async overwrite(path, text) {
      await (await objects()).put(root + path, text);
    },

    async writeOnce(path, text) {
      return (await (await objects()).put(root + path, text, "absent")) !== undefined;
    },

    hasConditionalWrites: async () => (await objects()).createsOnce(),
    examine: async (path) => examineS3(await objects(), `${root}${path}/`),
    place: async () => (await objects()).place,

    async remove(path) {
      versions.delete(path);
      await (await objects()).remove(root + path);
    },

    list: async (path) => (await objects()).list(`${root}${path}/`),
    listTree: async (path) => (await objects()).listTree(`${root}${path}/`),

    async adopt(folder, path, options) {
      return adoptFolder(await objects(), folder, `${root}${path}/`, options);
    },

    async removeTree(path, first) {
      for (const known of versions.keys()) if (known.startsWith(`${path}/`)) versions.delete(known);
      return (await (await objects()).removeAll(`${root}${path}/`, first)) > 0;
    },
  };
}

function openLazily(location: string) {
  return async (): Promise<S3Objects> => {
    const { openS3Objects } = await import("./s3-client.ts");
    return openS3Objects(parseS3Location(location));
  };
}

function createStage(): Promise<StagingFolder> {
  return createStagingFolderIn(tmpdir(), "caselink-ledger-").catch((error: unknown) => {
    throw new LedgerError(
      "storage",
      `The temporary folder ${tmpdir()} cannot be used: ${errorMessage(error)}. Set TMPDIR to a folder with free space.`,
      { cause: error },
    );
  });
}

/**
 * Uploads a folder. The claim is written first and decides which process may write below the prefix. Equal claims mean equal
 * files, so uploading them again changes nothing and completes an interrupted upload. Readers see no file before the commit.
 */
async function adoptFolder(
  objects: S3Objects,
  folder: string,
  prefix: string,
  { claim, commit }: AdoptOptions,
): Promise<boolean> {
  if (await objects.exists(prefix + commit)) return false;
  const claimText = await readFile(join(folder, claim), "utf8");
  if (!(await writeClaim(objects, prefix + claim, claimText))) {
    // The other process may have committed since the first check.
    if (await objects.exists(prefix + commit)) return false;
    throw claimedByAnother(objects, prefix);
  }
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((name) => name !== claim && name !== commit);
  const uploads = readAhead(files, (name) => objects.upload(prefix + name, join(folder, name)), MAX_TRANSFERS);
  for await (const _ of uploads);
  if ((await objects.get(prefix + claim))?.text !== claimText) throw claimedByAnother(objects, prefix);
  await assertStored(objects, prefix, files);
  const commitText = await readFile(join(folder, commit), "utf8");
  return (await objects.put(prefix + commit, commitText, "absent")) !== undefined;
}

/** Throws `storage` if a file was not stored although the storage accepted it. */
async function assertStored(objects: S3Objects, prefix: string, files: readonly string[]): Promise<void> {
  const listed = new Set(await objects.listTree(prefix));
  for (const name of files) {
    // A list may lag behind a write.
    if (listed.has(name) || (await objects.exists(prefix + name))) continue;
    throw new LedgerError(
      "storage",
      `The object storage accepted ${objects.describe(prefix + name)} and does not have it. Use other storage.`,
    );
  }
}

/** Returns false if another process has claimed the path less than a day ago. */
async function writeClaim(objects: S3Objects, key: string, text: string): Promise<boolean> {
  if ((await objects.put(key, text, "absent")) !== undefined) return true;
  const found = await objects.get(key);
  if (found?.text === text) return true;
  // Both times come from the storage: the clock of this machine may be wrong.
  const ageMs = await objects.ageOf(key);
  if (!found || ageMs === undefined || ageMs < CLAIM_LIFETIME_MS) return false;
  return (await objects.put(key, text, { version: found.version })) !== undefined;
}

function claimedByAnother(objects: S3Objects, prefix: string): LedgerError {
  return new LedgerError(
    "batch-exists",
    `Another process is writing ${objects.describe(prefix)}, or stopped before it finished less than a day ago. Choose another id.`,
  );
}
