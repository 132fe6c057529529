import { LedgerError } from "../ledger-error.ts";
import type { S3Objects } from "./s3-objects.ts";
import type { StorageFacts } from "./storage-facts.ts";

/** Two pages, of which the first ends with a folder. */
const NAMES = ["a", "b", "c", "d"];
const PAGE_SIZE = 2;

/** Finds out what a storage can, with objects below a prefix that the caller removes. The prefix ends with a slash. */
export async function examineS3(objects: S3Objects, prefix: string): Promise<StorageFacts> {
  const listed = `${prefix}list/`;
  for (const name of NAMES) await objects.put(listed + (name === "b" ? "b/file" : name), name);
  requireAll(objects, listed, await objects.list(listed, PAGE_SIZE), NAMES);
  // The next write of such an object would look like a conflict with another process.
  if ((await objects.get(`${listed}a`))?.version === "") {
    throw new LedgerError(
      "storage",
      `${objects.describe(`${listed}a`)} is returned without its ETag. Use other storage.`,
    );
  }
  const files = NAMES.map((name) => (name === "b" ? "b/file" : name));
  requireAll(objects, listed, (await objects.listTree(listed, PAGE_SIZE)).sort(), files);
  return {
    storage: objects.place,
    address_style: objects.target.addressStyle,
    creates_once: await objects.createsOnce(),
    replaces_unchanged: await objects.replacesUnchanged(),
    checks_content: await objects.checksContent(`${prefix}damaged`),
    lists: objects.continuation ?? "whole",
  };
}

function requireAll(objects: S3Objects, prefix: string, found: readonly string[], expected: readonly string[]): void {
  if (found.join() === expected.join()) return;
  throw new LedgerError(
    "storage",
    `${objects.describe(prefix)} is listed with ${found.length} of ${expected.length} objects that were just written. Use other storage.`,
  );
}
