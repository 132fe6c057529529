import type { BatchRecord } from "@caselink/ledger";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { count, counted } from "../screen/format.ts";

/**
 * Asks whether to run only the valid rows of an input.
 *
 * @param remedy says what to do instead: fix the input, or run the other rows, whose number it gets if there are any
 */
export async function confirmValidRowsOnly(
  { counts }: Pick<BatchRecord, "counts">,
  remedy: (others: string | undefined) => string,
  options: { yes?: boolean },
  output: Output,
): Promise<boolean> {
  if (options.yes) return true;
  const rest = counted(counts.rows - counts.invalid, "row");
  if (output.canAsk && counts.to_send > 0) {
    if (await output.confirm(t`Run the other ${rest} without them?`, false)) return true;
    output.note(t`Nothing was sent.`);
    return false;
  }
  const all = counted(counts.rows, "row");
  output.note(
    counts.invalid === 1
      ? t`${count(counts.invalid)} of ${all} is invalid. Nothing was sent.`
      : t`${count(counts.invalid)} of ${all} are invalid. Nothing was sent.`,
  );
  output.note(remedy(counts.to_send === 0 ? undefined : rest));
  return false;
}
