import { access } from "node:fs/promises";
import type { BatchRecord, BatchSummary, FileDifference } from "@caselink/ledger";
import { pathOf, type BaseSettings } from "../settings.ts";
import type { Tally } from "./compare-batch.ts";
import type { Difference } from "./difference.ts";
import { readRecordedEnd } from "./recorded-end.ts";

const MANIFEST_SUFFIX = ".manifest.json";

/**
 * Returns a difference for every file of the batch that changed since the batch ended, its report included, and for every
 * one of `reports` that changed since `report --out` wrote it. Notes in the tally how the batch is sealed.
 */
export async function* compareFiles(
  record: BatchRecord,
  reports: readonly string[],
  settings: BaseSettings,
  tally: Tally,
): AsyncGenerator<Difference> {
  const report = settings.reportPath(record.id);
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
  const check = await settings.ledger.compareFiles(record.id, isHere ? [report, ...opened] : opened);
  const note = ({ file, is }: FileDifference, message: string): Difference => {
    const kind = `file_${is}` as const;
    tally.differences[kind] = (tally.differences[kind] ?? 0) + 1;
    return { kind, file, message };
  };
  for (const { file: found, is } of check.differences) {
    const file = typedPaths.get(found) ?? found;
    const isReportManifest = is === "missing" && reports.some((path) => file === path + MANIFEST_SUFFIX);
    yield note({ file, is }, isReportManifest ? NO_MANIFEST : MESSAGES[is]);
  }
  const end = await settings.ledger.summary(record.id);
  if (!end) return;
  const recorded = await readRecordedEnd(record, settings);
  tally.seal = { isSealed: check.isSealed ?? false, recorded: recorded.is, isStopped: "isStopped" in recorded };
  if (recorded.is === "other-plan") yield note({ file: "batch.json", is: "altered" }, OTHER_PLAN);
  if (recorded.is !== "ended" || textOf(recorded.summary) === textOf(end)) return;
  yield note({ file: "summary.json", is: "altered" }, OTHER_END);
}

/** The summary as a text that does not depend on the order of its fields. */
const textOf = (summary: BatchSummary): string =>
  JSON.stringify(Object.entries(summary).sort(([a], [b]) => (a < b ? -1 : 1)));

const MESSAGES: Readonly<Record<FileDifference["is"], string>> = {
  altered: "was changed since the batch ended; the report may not state what happened",
  missing: "no longer exists",
  added: "was added since the batch ended",
};

/** The manifest of a report from the command line is missing. */
const NO_MANIFEST = "is missing: the report cannot be checked without it; keep it next to the report";

const OTHER_PLAN = "is not the plan that Temporal ran under this id";
const OTHER_END = "is not how the batch ended according to Temporal; the report may not state what happened";
