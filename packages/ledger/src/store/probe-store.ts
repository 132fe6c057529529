import { randomUUID } from "node:crypto";
import { LedgerError } from "../ledger-error.ts";
import type { StorageFacts } from "./storage-facts.ts";
import { writeStorageFacts } from "./storage-record.ts";
import type { Store } from "./store.ts";

/**
 * Writes a small file, reads it, lists it and removes it: some object storage responds to reads and rejects every write.
 * Returns what object storage was found to do, and records it in the ledger; undefined for a folder. Throws the first
 * error, `storage` if a file does not come back as it was written.
 */
export async function probeStore(store: Store): Promise<StorageFacts | undefined> {
  // A plan needs a staging folder, too. In a local store this also creates the ledger's folder if it does not exist.
  await (await store.createStagingFolder()).remove();
  const folder = `probe-${randomUUID()}`;
  try {
    await probeFiles(store, folder);
    const facts = await store.examine(folder);
    await store.removeTree(folder, "probe");
    if ((await store.readText(`${folder}/probe`)) !== undefined)
      throw unusable(`${store.describe(`${folder}/probe`)} does not go away when it is removed.`);
    if (facts) await writeStorageFacts(store, facts);
    return facts;
  } catch (error) {
    // What could not be written can often not be removed either, which says less.
    await store.removeTree(folder, "probe").catch(() => undefined);
    throw error;
  }
}

async function probeFiles(store: Store, folder: string): Promise<void> {
  const path = `${folder}/probe`;
  await store.overwrite(path, path);
  if ((await store.readText(path)) !== path)
    throw unusable(`${store.describe(path)} does not have the content that was just written to it.`);
  if (!(await store.list(folder)).includes("probe"))
    throw unusable(`${store.describe(path)} does not appear in a list after it was written.`);
}

const unusable = (message: string): LedgerError => new LedgerError("storage", message);
