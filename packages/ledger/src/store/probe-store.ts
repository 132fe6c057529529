import { randomUUID } from "node:crypto";
import { LedgerError } from "../ledger-error.ts";
import type { Store } from "./store.ts";

/** Writes a small file, reads it and removes it. Throws `storage` where one of these does not work. */
export async function probeStore(store: Store): Promise<void> {
  // A plan needs one, too; and on a disk it makes the ledger's folder where that is not there yet.
  await (await store.createStage()).remove();
  const folder = `probe-${randomUUID()}`;
  const path = `${folder}/probe`;
  try {
    await store.write(path, path);
    if ((await store.readText(path)) !== path) {
      throw new LedgerError("storage", `${store.describe(path)} does not read as it was written.`);
    }
  } finally {
    await store.removeTree(folder, "probe");
  }
}
