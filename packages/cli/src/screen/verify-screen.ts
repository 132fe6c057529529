import type { BatchRecord } from "@caselink/ledger";
import { t, translated } from "../language/words.ts";
import type { Colors } from "../output.ts";
import { DIFFERENCE_KINDS, type Difference, type DifferenceKind } from "../verify/difference.ts";
import type { Seal } from "../verify/recorded-end.ts";
import type { Tally } from "../verify/compare-batch.ts";
import { count, counted, duration, listed, table } from "./format.ts";

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
  const where = [case_id, file, line !== undefined && t`line ${count(line)}`, related_id].filter(Boolean).join("   ");
  return `  ${where}   ${translated(message)}`;
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
    const left = count(total - SHOWN_DIFFERENCES);
    const where = out
      ? t`... ${left} more; all in ${out}`
      : t`... ${left} more; all of them: caselink verify ${record.id} --out FILE`;
    lines.push(`  ${where}`);
  }
  if (total > 0) lines.push("");
  lines.push(
    t`Verified in ${duration(tookMs)}: ${counted(tally.tickets, "ticket")} read, ${counted(tally.rows, "row")} compared.`,
    total === 0 ? colors.green(t`No difference with the report.`) : colors.yellow(t`${counted(total, "difference")}:`),
  );
  const kinds = DIFFERENCE_KINDS.flatMap((kind) => {
    const found = tally.differences[kind] ?? 0;
    return found === 0 ? [] : [[translated(KIND_WORDS[kind]), found]];
  });
  lines.push(...table(kinds).map((line) => `  ${line}`));
  if (followUps.length > 0) lines.push(t`Later batches were taken into account: ${listed(followUps)}.`);
  if (tally.seal) lines.push(...sealLines(tally.seal));
  if (!isEnded) lines.push(t`Batch ${record.id} has not ended: rows without an outcome were not compared.`);
  if (tally.open_rows > 0) lines.push(t`Not compared, without an outcome yet: ${counted(tally.open_rows, "row")}.`);
  if (tally.forbidden > 0) {
    const tickets = counted(tally.forbidden, "ticket");
    lines.push(
      colors.yellow(
        tally.forbidden === 1
          ? t`No permission to read ${tickets}: its rows could not be compared.`
          : t`No permission to read ${tickets}: their rows could not be compared.`,
      ),
    );
  }
  if (tally.unread > 0) {
    lines.push(
      colors.yellow(t`Could not be read: ${counted(tally.unread, "ticket")}. Run the command again to compare them.`),
    );
  }
  return lines.join("\n");
}

/** Why a change of the results may not be found; nothing if both the ledger and Temporal have their digest. */
function sealLines({ isSealed, recorded, isStopped }: Seal): string[] {
  if (!isSealed) return [t`The summary has no digest of the results: an older version ended the batch.`];
  if (isStopped)
    return [t`Not compared with Temporal's record of the end: the local Temporal runs only while\na batch does.`];
  if (recorded === "unreachable")
    return [t`Not compared with Temporal's record of the end: Temporal does not respond.`];
  if (recorded === "none") return [t`Not compared with Temporal's record of the end: it has none any more.`];
  return [];
}

export const differenceCount = ({ differences }: Tally): number =>
  Object.values(differences).reduce((sum, found) => sum + found, 0);
