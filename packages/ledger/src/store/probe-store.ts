import { randomUUID } from "node:crypto";
import { LedgerError } from "../ledger-error.ts";
import type { Store } from "./store.ts";

/** Writes a small file, reads it and removes it. Throws `storage` if one of these steps fails. */
export async function probeStore(store: Store): Promise<void> {
  // A plan needs a staging folder, too. In a local store this also creates the ledger's folder if it does not exist.
  await (await store.createStagingFolder()).remove();
  const folder = `probe-${randomUUID()}`;
  const path = `${folder}/probe`;
  try {
    await store.write(path, path);
    if ((await store.readText(path)) !== path) {
      throw new LedgerError(
        "storage",
        `${store.describe(path)} does not have the content that was just written to it.`,
      );
    }
  } finally {
    await store.removeTree(folder, "probe");
  }
}
