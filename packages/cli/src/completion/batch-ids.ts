import { readdir, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { readLocations } from "../locations.ts";
import type { CommandHost } from "../settings.ts";

/** How long object storage may take before there are no ids, in milliseconds: a person waits for them. */
const LONGEST_WAIT_MS = 2_000;

/** Returns the ids of the batches in the ledger that begin with a text, newest first; none if the ledger cannot be read. */
export async function findBatchIds(start: string, host: Pick<CommandHost, "env" | "cwd">): Promise<string[]> {
  const { isRemote, ledgerAddress } = readLocations(host);
  try {
    return isRemote ? await listRemote(ledgerAddress, start) : await listFolder(join(ledgerAddress, "batches"), start);
  } catch {
    return [];
  }
}

/** Reads only names and times, so that a large ledger is quick and its code is not loaded. */
async function listFolder(folder: string, start: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(start));
  const times = await Promise.all(
    // A batch exists as soon as its record does, and the record never changes.
    names.map((name) =>
      stat(join(folder, name, "batch.json")).then(
        ({ mtimeMs }) => mtimeMs,
        () => undefined,
      ),
    ),
  );
  return names
    .map((name, at) => ({ name, time: times[at] }))
    .filter((batch): batch is { name: string; time: number } => batch.time !== undefined)
    .sort((a, b) => b.time - a.time || (a.name < b.name ? 1 : -1))
    .map(({ name }) => name);
}

async function listRemote(address: string, start: string): Promise<string[]> {
  const { openLedger } = await import("@caselink/ledger");
  // An object storage that is slow has no ids.
  const late = delay(LONGEST_WAIT_MS, [], { ref: false });
  const batches = await Promise.race([openLedger(address).batches(), late]);
  return batches.map(({ id }) => id).filter((id) => id.startsWith(start));
}
