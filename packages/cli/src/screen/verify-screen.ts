import type { BatchRecord } from "@caselink/ledger";
import type { Colors } from "../output.ts";
import { DIFFERENCE_KINDS, type Difference, type DifferenceKind } from "../verify/difference.ts";
import type { Seal } from "../verify/recorded-end.ts";
import type { Tally } from "../verify/compare-batch.ts";
import { count, counted, duration, table } from "./format.ts";

/** Differences shown on the screen; the others are only counted. */
export const SHOWN_DIFFERENCES = 20;

const KIND_WORDS: Readonly<Record<DifferenceKind, string>> = {
  missing: "no longer there",
  unexpected: "there, but not according to the report",
  ticket_gone: "ticket no longer exists",
  ticket_forbidden: "no longer permitted to read the ticket",
  too_many: "ticket with more than three",
  file_altered: "file changed since the batch ended",
  file_missing: "file missing since the batch ended",
  file_added: "file added since the batch ended",
};

export function differenceLine({ case_id, file, line, related_id, message }: Difference): string {
  const where = [case_id, file, line !== undefined && `line ${count(line)}`, related_id].filter(Boolean).join("   ");
  return `  ${where}   ${message}`;
}

export interface VerifyResult {
  record: BatchRecord;
  tally: Tally;
  /** Ids of the retries and undos that were taken into account. */
  followUps: readonly string[];
  isEnded: boolean;
  tookMs: number;
  out: string | undefined;
}

/** The screen at the end of a comparison: the differences by kind, and what could not be compared. */
export function verifyScreen({ record, tally, followUps, isEnded, tookMs, out }: VerifyResult, colors: Colors): string {
  const total = differenceCount(tally);
  const lines: string[] = [];
  if (total > SHOWN_DIFFERENCES) {
    const all = out ? `all in ${out}` : `all of them: caselink verify ${record.id} --out FILE`;
    lines.push(`  ... ${count(total - SHOWN_DIFFERENCES)} more; ${all}`);
  }
  if (total > 0) lines.push("");
  lines.push(
    `Verified in ${duration(tookMs)}: ${counted(tally.tickets, "ticket")} read, ${counted(tally.rows, "row")} compared.`,
    total === 0 ? colors.green("No difference with the report.") : colors.yellow(`${counted(total, "difference")}:`),
  );
  const kinds = DIFFERENCE_KINDS.flatMap((kind) => {
    const found = tally.differences[kind] ?? 0;
    return found === 0 ? [] : [[KIND_WORDS[kind], found]];
  });
  lines.push(...table(kinds).map((line) => `  ${line}`));
  if (followUps.length > 0) lines.push(`Later batches were taken into account: ${followUps.join(", ")}.`);
  if (tally.seal) lines.push(...sealLines(tally.seal));
  if (!isEnded) lines.push(`Batch ${record.id} has not ended: rows without an outcome were not compared.`);
  if (tally.open_rows > 0) lines.push(`Not compared, without an outcome yet: ${counted(tally.open_rows, "row")}.`);
  if (tally.forbidden > 0) {
    const whose = tally.forbidden === 1 ? "its" : "their";
    lines.push(
      colors.yellow(
        `No permission to read ${counted(tally.forbidden, "ticket")}: ${whose} rows could not be compared.`,
      ),
    );
  }
  if (tally.unread > 0) {
    lines.push(
      colors.yellow(`Could not be read: ${counted(tally.unread, "ticket")}. Run the command again to compare them.`),
    );
  }
  return lines.join("\n");
}

/** Why a change of the results may not be found; nothing if both the ledger and Temporal have their digest. */
function sealLines({ isSealed, recorded, isStopped }: Seal): string[] {
  if (!isSealed) return ["The summary has no digest of the results: an older version ended the batch."];
  if (isStopped)
    return ["Not compared with Temporal's record of the end: the local Temporal runs only while", "a batch does."];
  if (recorded === "unreachable") return ["Not compared with Temporal's record of the end: Temporal does not respond."];
  if (recorded === "none") return ["Not compared with Temporal's record of the end: it has none any more."];
  return [];
}

export const differenceCount = ({ differences }: Tally): number =>
  Object.values(differences).reduce((sum, found) => sum + found, 0);
