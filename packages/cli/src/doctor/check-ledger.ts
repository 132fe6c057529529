import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LedgerError, storageFactTexts, type StorageFacts } from "@caselink/ledger";
import { english } from "../language/words.ts";
import type { BaseSettings } from "../settings.ts";
import { failed, messageOf, ok, warning, type Finding } from "./finding.ts";

/** A batch of a million rows takes about 500 MB while it is planned and reported. */
const MIN_FREE_BYTES = 1_000_000_000;
const SHOWN_BATCHES = 5;

/** Checks that the ledger can be used, has free space, and holds no unfinished batch. */
export async function checkLedger({ ledger, ledgerLocation }: BaseSettings): Promise<Finding[]> {
  let facts: StorageFacts | undefined;
  try {
    facts = await ledger.probe();
  } catch (error) {
    return [failed("ledger", messageOf(error), adviceFor(error), "configuration")];
  }
  const findings = [ok("ledger", `${ledgerLocation} can be written and read`)];
  for (const { text, lack } of facts ? storageFactTexts(facts) : []) {
    findings.push(lack === undefined ? ok("ledger", text) : warning("ledger", text, `So ${lack}.`));
  }
  const free = await freeBytes(ledgerLocation);
  if (free !== undefined && free < MIN_FREE_BYTES) {
    const message = `only ${Math.round(free / 1e6)} MB are free at ${ledgerLocation}`;
    findings.push(warning("ledger", message, "Free some space; caselink forget BATCH deletes a batch that has ended."));
  }
  findings.push(await checkBatches(ledger));
  return findings;
}

/** The message of a wrong configuration says itself what to do. */
function adviceFor(error: unknown): string {
  if (error instanceof LedgerError && (error.code === "configuration" || error.code === "unreachable")) {
    return "Fix it, then run caselink doctor again. Nothing was sent.";
  }
  return "Set CASELINK_LEDGER to a folder or bucket that can be written.";
}

async function checkBatches(ledger: BaseSettings["ledger"]): Promise<Finding> {
  try {
    const unfinished: string[] = [];
    const batches = await ledger.batches();
    for (const { id } of batches) if (!(await ledger.summary(id))) unfinished.push(id);
    if (unfinished.length === 0) return ok("batches", `${batches.length} in the ledger, all have ended`);
    const named = unfinished.slice(0, SHOWN_BATCHES).join(", ");
    const message =
      unfinished.length > SHOWN_BATCHES ? english`not ended: ${named}, ...` : english`not ended: ${named}`;
    return warning(
      "batches",
      message,
      `See caselink status ${unfinished[0]}; continue with caselink attach ${unfinished[0]}`,
    );
  } catch (error) {
    return failed("batches", messageOf(error), "Restore the file from a backup, or move the batch's folder away.");
  }
}

/** Undefined if the location is not a folder of this machine. */
async function freeBytes(location: string): Promise<number | undefined> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(location)) return undefined;
  for (let path = resolve(location); ; path = dirname(path)) {
    const found = await statfs(path).catch(() => undefined);
    if (found) return found.bavail * found.bsize;
    if (path === dirname(path)) return undefined;
  }
}
