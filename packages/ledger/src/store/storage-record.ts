import { isObject } from "@caselink/common";
import type { StorageFacts } from "./storage-facts.ts";
import type { Store } from "./store.ts";

/** The record of the facts in a ledger, and when they were observed. */
const PATH = "storage.json";
const VERSION = 1;

export async function writeStorageFacts(store: Store, facts: StorageFacts): Promise<void> {
  const record = { version: VERSION, ...facts, observed_at: new Date().toISOString() };
  await store.overwrite(PATH, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Returns the recorded facts; undefined if there are none, or none that this version can read. */
export async function readStorageFacts(store: Store): Promise<StorageFacts | undefined> {
  const text = await store.readText(PATH);
  try {
    const record: unknown = text === undefined ? undefined : JSON.parse(text);
    return isFacts(record) ? record : undefined;
  } catch {
    // They can be observed again.
    return undefined;
  }
}

function isFacts(value: unknown): value is StorageFacts {
  return (
    isObject(value) &&
    value.version === VERSION &&
    typeof value.storage === "string" &&
    ["creates_once", "replaces_unchanged", "checks_content"].every((name) => typeof value[name] === "boolean") &&
    typeof value.address_style === "string" &&
    typeof value.lists === "string"
  );
}
