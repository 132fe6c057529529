import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUCKET, startObjectStorage, whyNoObjectStorage } from "../../../test/object-storage/start-object-storage.ts";

/** A place for ledgers in one kind of storage. */
export interface StorePlace extends AsyncDisposable {
  /** A location that nothing was written to yet. */
  next(): string;
  /** The folder that holds the files of a location, for tests that damage them. */
  filesOf(location: string): string;
}

/** Every kind of storage, for `describe.each`. What cannot run here is skipped, with the reason printed. */
export const STORES: { kind: string; open: () => Promise<StorePlace>; isMissing: boolean }[] = [
  { kind: "a folder", open: openFolder, isMissing: false },
  { kind: "object storage", open: openObjectStorage, isMissing: whyNoObjectStorage !== undefined },
];

async function openFolder(): Promise<StorePlace> {
  const folder = await mkdtemp(join(tmpdir(), "ledger-stores-"));
  await mkdir(folder, { recursive: true });
  return {
    next: () => join(folder, randomBytes(6).toString("hex")),
    filesOf: (location) => location,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The process's AWS variables name the server until the end of the test file. */
async function openObjectStorage(): Promise<StorePlace> {
  const storage = await startObjectStorage();
  Object.assign(process.env, storage.env);
  return {
    next: () => `s3://${BUCKET}/ledgers/${randomBytes(6).toString("hex")}`,
    filesOf: (location) => join(storage.folder, location.slice(`s3://${BUCKET}/`.length)),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}
