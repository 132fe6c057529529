import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { BUCKET, startObjectStorage, whyNoObjectStorage } from "../../../test/object-storage/start-object-storage.ts";

/** One kind of storage, in which tests create ledgers. */
export interface StoreFixture {
  /** Returns a new ledger location without any files. */
  next(): string;
  /** The folder with the files of a location, for tests that damage them. */
  filesOf(location: string): string;
}

/** Every kind of storage. `isMissing`: it cannot run on this machine; the reason is printed. */
export const STORES: { kind: string; open: () => Promise<StoreFixture & AsyncDisposable>; isMissing: boolean }[] = [
  { kind: "a folder", open: openFolder, isMissing: false },
  { kind: "object storage", open: openObjectStorage, isMissing: whyNoObjectStorage !== undefined },
];

/** Defines tests for every kind of storage. One that cannot run on this machine is skipped, and the reason is printed. */
export function inEachStore(define: (fixture: StoreFixture) => void): void {
  for (const { kind, open, isMissing } of STORES) {
    describe.skipIf(isMissing)(`in ${kind}`, () => {
      let opened: (StoreFixture & AsyncDisposable) | undefined;
      beforeAll(async () => {
        opened = await open();
      });
      afterAll(() => opened?.[Symbol.asyncDispose]());
      const fixture = (): StoreFixture => {
        if (!opened) throw new Error("the storage is open while tests run");
        return opened;
      };
      define({ next: () => fixture().next(), filesOf: (location) => fixture().filesOf(location) });
    });
  }
}

async function openFolder(): Promise<StoreFixture & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "ledger-stores-"));
  await mkdir(folder, { recursive: true });
  return {
    next: () => join(folder, randomBytes(6).toString("hex")),
    filesOf: (location) => location,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Sets this process's AWS variables, which stay set until the end of the test file. */
async function openObjectStorage(): Promise<StoreFixture & AsyncDisposable> {
  const storage = await startObjectStorage();
  Object.assign(process.env, storage.env);
  return {
    next: () => `s3://${BUCKET}/ledgers/${randomBytes(6).toString("hex")}`,
    filesOf: (location) => join(storage.folder, location.slice(`s3://${BUCKET}/`.length)),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}
