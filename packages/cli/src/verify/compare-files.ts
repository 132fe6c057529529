import { access } from "node:fs/promises";
import type { ManifestDifference } from "@caselink/ledger";
import { pathOf, type BaseSettings } from "../settings.ts";
import type { Tally } from "./compare-batch.ts";
import type { Difference } from "./difference.ts";

const MANIFEST_SUFFIX = ".manifest.json";

/**
 * Returns a difference for every file of the batch that changed since the batch ended, its report included, and for every
 * one of `reports` that changed since `report --out` wrote it.
 */
export async function* compareFiles(
  batchId: string,
  reports: readonly string[],
  settings: BaseSettings,
  tally: Tally,
): AsyncGenerator<Difference> {
  const report = settings.reportPath(batchId);
  // The command that followed the batch to its end wrote the report, maybe on another machine.
  const isHere = await access(report + MANIFEST_SUFFIX).then(
    () => true,
    () => false,
  );
  const opened = reports.map((path) => pathOf(settings, path));
  const typedPaths = new Map(
    reports.flatMap((typed) =>
      ["", MANIFEST_SUFFIX].map((suffix) => [pathOf(settings, typed) + suffix, typed + suffix]),
    ),
  );
  const check = await settings.ledger.checkManifest(batchId, isHere ? [report, ...opened] : opened);
  for (const { file: found, is } of check?.differences ?? []) {
    const file = typedPaths.get(found) ?? found;
    const kind = `file_${is}` as const;
    tally.differences[kind] = (tally.differences[kind] ?? 0) + 1;
    const isReportManifest = is === "missing" && reports.some((path) => file === path + MANIFEST_SUFFIX);
    yield { kind, file, message: isReportManifest ? NO_MANIFEST : MESSAGES[is] };
  }
}

const MESSAGES: Readonly<Record<ManifestDifference["is"], string>> = {
  altered: "was changed since the batch ended; the report may not state what happened",
  missing: "no longer exists",
  added: "was added since the batch ended",
};

/** The manifest of a report from the command line is missing. */
const NO_MANIFEST = "is missing: the report cannot be checked without it; keep it next to the report";
