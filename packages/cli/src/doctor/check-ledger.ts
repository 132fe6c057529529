import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LedgerError, storageFactTexts, type BatchRecord, type StorageFacts } from "@caselink/ledger";
import { english } from "../language/words.ts";
import { olderLedger } from "../run/older-ledger.ts";
import type { BaseSettings } from "../settings.ts";
import { failed, messageOf, ok, warning, type Finding } from "./finding.ts";

/** A batch of a million rows takes about 500 MB while it is planned and reported. */
const MIN_FREE_BYTES = 1_000_000_000;
const SHOWN_BATCHES = 5;
const OLDER_ADVICE =
  "The ledger is an older copy, for example from a backup. Stop the workers, and continue no batch before you have put the newest files back: docs/runbook.md says how (the ledger was restored).";

/** Of batches without an end in the ledger, those whose end Temporal recorded. */
type FindNewerEnds = (unfinished: readonly BatchRecord[]) => Promise<BatchRecord[]>;

/** Checks that the ledger can be used, has free space, is no older copy, and holds no unfinished batch. */
export async function checkLedger(
  { ledger, ledgerLocation }: BaseSettings,
  findNewerEnds: FindNewerEnds = async () => [],
): Promise<Finding[]> {
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
  findings.push(await checkBatches(ledger, findNewerEnds));
  return findings;
}

/** The message of a wrong configuration says itself what to do. */
function adviceFor(error: unknown): string {
  if (error instanceof LedgerError && (error.code === "configuration" || error.code === "unreachable")) {
    return "Fix it, then run caselink doctor again. Nothing was sent.";
  }
  return "Set CASELINK_LEDGER to a folder or bucket that can be written.";
}

async function checkBatches(ledger: BaseSettings["ledger"], findNewerEnds: FindNewerEnds): Promise<Finding> {
  try {
    const batches = await ledger.batches();
    const found = await withoutEnd(ledger, batches);
    const newer = await findNewerEnds(found);
    // One that has ended since its summary was read is no sign of an older ledger.
    const unfinished = newer.length === 0 ? found : await withoutEnd(ledger, found);
    const older = newer.filter((batch) => unfinished.includes(batch));
    if (older.length > 0) return failed("batches", olderLedger(idsOf(older)), OLDER_ADVICE, "configuration");
    const [first] = unfinished;
    if (!first) return ok("batches", `${batches.length} in the ledger, all have ended`);
    return warning(
      "batches",
      english`not ended: ${idsOf(unfinished)}`,
      `See caselink status ${first.id}; continue with caselink attach ${first.id}`,
    );
  } catch (error) {
    return failed("batches", messageOf(error), "Restore the file from a backup, or move the batch's folder away.");
  }
}

async function withoutEnd(ledger: BaseSettings["ledger"], batches: readonly BatchRecord[]): Promise<BatchRecord[]> {
  const found: BatchRecord[] = [];
  for (const batch of batches) if (!(await ledger.summary(batch.id))) found.push(batch);
  return found;
}

function idsOf(batches: readonly BatchRecord[]): string {
  const shown = batches.slice(0, SHOWN_BATCHES).map(({ id }) => id);
  return [...shown, ...(batches.length > SHOWN_BATCHES ? ["..."] : [])].join(", ");
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
