import { access } from "node:fs/promises";
import type { ManifestDifference } from "@caselink/ledger";
import type { BaseSettings } from "../settings.ts";
import type { Tally } from "./compare-batch.ts";
import type { Difference } from "./difference.ts";

/**
 * Every file of a batch, its report among them, that is not as it was when the batch ended; and of the reports named,
 * which were written with `--out`, each that is not as it was written.
 */
export async function* compareFiles(
  batchId: string,
  reports: readonly string[],
  settings: BaseSettings,
  tally: Tally,
): AsyncGenerator<Difference> {
  const report = settings.reportPath(batchId);
  // Written by whoever followed the batch to its end, on this machine or on another.
  const isHere = await access(`${report}.manifest.json`).then(
    () => true,
    () => false,
  );
  const check = await settings.ledger.checkManifest(batchId, isHere ? [report, ...reports] : reports);
  for (const { file, is } of check?.differences ?? []) {
    const kind = `file_${is}` as const;
    tally.differences[kind] = (tally.differences[kind] ?? 0) + 1;
    const isProof = is === "missing" && reports.some((path) => file === `${path}.manifest.json`);
    yield { kind, file, message: isProof ? NO_PROOF : MESSAGES[is] };
  }
}

const MESSAGES: Readonly<Record<ManifestDifference["is"], string>> = {
  altered: "was changed since the batch ended; what the report says may not be what happened",
  missing: "is not there any more",
  added: "was not there when the batch ended",
};

/** Of a report that was named. */
const NO_PROOF = "is not there: without it nothing proves the report; keep it beside the report";
