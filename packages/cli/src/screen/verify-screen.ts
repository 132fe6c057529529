import type { BatchRecord } from "@caselink/ledger";
import type { Colors } from "../output.ts";
import { DIFFERENCE_KINDS, type Difference, type DifferenceKind } from "../verify/difference.ts";
import type { Tally } from "../verify/compare-batch.ts";
import { count, counted, duration, table } from "./format.ts";

/** Shown on the screen; the others are counted. */
export const SHOWN_DIFFERENCES = 20;

const KIND_WORDS: Readonly<Record<DifferenceKind, string>> = {
  missing: "not there any more",
  unexpected: "there, though not by the report",
  ticket_gone: "ticket does not exist any more",
  ticket_forbidden: "no permission for the ticket any more",
  too_many: "ticket with more than three",
  file_altered: "file changed since the batch ended",
  file_missing: "file lost since the batch ended",
  file_added: "file that was not there when the batch ended",
};

export function differenceLine({ case_id, file, line, related_id, message }: Difference): string {
  const where = [case_id, file, line !== undefined && `line ${count(line)}`, related_id].filter(Boolean).join("   ");
  return `  ${where}   ${message}`;
}

export interface Verified {
  record: BatchRecord;
  tally: Tally;
  /** Ids of the retries and undos that were taken into account. */
  followUps: readonly string[];
  isEnded: boolean;
  tookMs: number;
  out: string | undefined;
}

/** The end of a comparison: what was found, and what could not be looked at. */
export function verifyScreen({ record, tally, followUps, isEnded, tookMs, out }: Verified, colors: Colors): string {
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
  if (followUps.length > 0) lines.push(`With what was done since by ${followUps.join(", ")}.`);
  if (!isEnded) lines.push(`Batch ${record.id} has not ended: what it has not done yet was not compared.`);
  if (tally.open_rows > 0) lines.push(`Not compared, as they have no outcome yet: ${counted(tally.open_rows, "row")}.`);
  if (tally.forbidden > 0) {
    const whose = tally.forbidden === 1 ? "its" : "their";
    lines.push(
      colors.yellow(
        `No permission to read ${counted(tally.forbidden, "ticket")}: ${whose} rows could not be compared.`,
      ),
    );
  }
  if (tally.unread > 0) {
    lines.push(colors.yellow(`Could not be read: ${counted(tally.unread, "ticket")}. Start it again to look at them.`));
  }
  return lines.join("\n");
}

export const differenceCount = ({ differences }: Tally): number =>
  Object.values(differences).reduce((sum, found) => sum + found, 0);
